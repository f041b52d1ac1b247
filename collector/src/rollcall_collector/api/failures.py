"""The failures of a device, newest first."""

from typing import Annotated

from fastapi import APIRouter, Query

from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.model.fact import Failure
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.facts import list_failures

router = APIRouter(prefix="/devices", tags=["failures"])


@router.get("/{device_id}/failures")
def read_failures(
    services: Given, person: MaySeeDevices, device_id: str, at_most: Annotated[int, Query(ge=1, le=5000)] = 500
) -> tuple[Failure, ...]:
    """A device's newest failures; their evidence is numbers only."""
    with services.engine.connect() as connection:
        return list_failures(
            connection, person.scope, find_device(connection, person.scope, device_id).device, at_most=at_most
        )
