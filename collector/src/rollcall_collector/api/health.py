"""Whether Rollcall itself is well: a word for a watchdog without signing in, the whole picture for people."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel

from rollcall_collector.api.http.problems import ProblemShape
from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.store.health import is_answering, read_wellbeing
from rollcall_collector.store.parts.share import read_service
from rollcall_wire.codes import REASONS

router = APIRouter(prefix="/health", tags=["health"])
live_router = APIRouter(prefix="/health", tags=["health"])


class Alive(BaseModel):
    """The answer to a watchdog: it comes only if the database answers too."""

    is_alive: bool


class RefusedShape(BaseModel):
    """Reports of one publisher refused for one reason, and the way out."""

    publisher: str
    reason: str
    way_out: str
    count: int
    last_at: datetime
    detail: str


class HealthShape(BaseModel):
    """The collector's own state, refusals and losses of the last seven days."""

    version: str
    publishers: Mapping[str, int]
    reports_by_day: Mapping[date, int]
    last_heard_at: datetime | None
    refused: list[RefusedShape]
    reports_dropped: int
    database_bytes: int
    shares_unserved: list[str]
    """Parts of the fleet that no ingest hears now, such as 2/4; their devices keep their reports."""


@live_router.get("/live", responses={503: {"model": ProblemShape}})
def read_live(services: Given) -> Alive:
    """Whether the collector and its database answer; open to everybody, so it says nothing else."""
    with services.engine.connect() as connection:
        return Alive(is_alive=is_answering(connection))


@router.get("")
def read_health(services: Given, person: MaySeeDevices) -> HealthShape:
    """Reports, refusals, losses and publishers of this collector."""
    now = services.clock()
    with services.engine.connect() as connection:
        found = read_wellbeing(
            connection,
            person.scope,
            today=now.astimezone(ZoneInfo(services.zone)).date(),
            since=now - timedelta(days=7),
        )
        service = read_service(connection, now)
    return HealthShape(
        version=services.version,
        publishers=found.publishers,
        reports_by_day=dict(found.reports_by_day),
        last_heard_at=found.last_heard_at,
        refused=[
            RefusedShape(
                publisher=one.publisher,
                reason=one.reason,
                way_out=way_out(one.reason) or one.detail,
                count=one.count,
                last_at=one.last_at,
                detail=one.detail,
            )
            for one in found.refused
        ],
        reports_dropped=found.reports_dropped,
        database_bytes=found.database_bytes,
        shares_unserved=[str(share) for share in service.unserved],
    )


def way_out(reason: str) -> str:
    """What a technician does about reports refused for this reason; empty where nobody knows."""
    return REASONS.get(reason, "")
