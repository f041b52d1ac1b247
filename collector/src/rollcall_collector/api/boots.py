"""The starts of a device, newest first."""

from typing import Annotated

from fastapi import APIRouter, Query

from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.model.fact import Boot
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.facts import list_boots

router = APIRouter(prefix="/devices", tags=["boots"])


@router.get("/{device_id}/boots")
def read_boots(
    services: Given, person: MaySeeDevices, device_id: str, at_most: Annotated[int, Query(ge=1, le=5000)] = 500
) -> tuple[Boot, ...]:
    """A device's newest starts with their phases, and how the run before each ended. Null: not measured."""
    with services.engine.connect() as connection:
        return list_boots(
            connection, person.scope, find_device(connection, person.scope, device_id).device, at_most=at_most
        )
