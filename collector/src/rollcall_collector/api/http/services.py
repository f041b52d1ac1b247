"""What the API and the pages are given to work with: the store, the clock, and where devices find the broker."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request
from sqlalchemy import Engine

from rollcall_collector.model.site import NewSite
from rollcall_collector.procurement.prices import PlanSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicBroker:
    """Where an enrolled device connects. `ca_pem` is the authority it must trust; None means plain, loopback only."""

    host: str
    port: int
    ca_pem: str | None = None


def _nothing() -> None:
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """Everything a request may use; made once by the command line and handed to every app that is mounted."""

    engine: Engine
    clock: Callable[[], datetime]
    """The instant now, aware UTC."""
    zone: str
    """The IANA zone for what belongs to no site."""
    version: str
    broker: PublicBroker
    public_url: str | None = None
    """How people reach the pages when that is not what the request says; https makes the cookie Secure."""
    refresh_broker: Callable[[], None] = _nothing
    """Called after credentials changed, so that the broker takes them at once."""
    plan_settings: PlanSettings = field(default_factory=PlanSettings)
    """By which minutes, prices and planned life a budget is planned."""
    school: NewSite | None = None
    """What a site gets that is only named so far, if that is not the zone above and the usual hours."""

    @property
    def new_site(self) -> NewSite:
        """Zone and hours of a site that a list names for the first time."""
        return self.school or NewSite(zone=self.zone)


def services_of(request: Request) -> Services:
    """The services of the app that answers this request; a dependency of every endpoint."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found
