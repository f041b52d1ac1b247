"""The schools: their zone, their hours, their holidays, how many devices they have."""

from fastapi import APIRouter

from rollcall_collector.api.http.session import Given, MaySeeCarts
from rollcall_collector.model.site import Site
from rollcall_collector.store.sites import count_sites

router = APIRouter(prefix="/sites", tags=["sites"])


@router.get("")
def read_sites(services: Given, person: MaySeeCarts) -> tuple[Site, ...]:
    """Every site by name."""
    with services.engine.connect() as connection:
        return count_sites(connection, person.scope)
