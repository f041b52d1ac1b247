"""Hardware models as the last judging reports on them: how often they fail, age and start, and what to buy again."""

from fastapi import APIRouter

from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.judging.models import Models, read_report
from rollcall_wire.codes import Platform

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
def read_models(services: Given, person: MaySeeDevices, platform: Platform | None = None) -> Models:
    """Every model with its figures, its advice and the sentence that defends it. Null: not measured, or too little."""
    with services.engine.connect() as connection:
        return read_report(connection, person.scope, platform=platform)
