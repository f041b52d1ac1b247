"""What the API and the pages are given to work with: the store, the clock, and where devices find the broker."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from fastapi import Request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.identity.attempts import Attempts
from rollcall_collector.identity.sign_in.discovery import Discovery
from rollcall_collector.identity.sign_in.settings import SignInSettings
from rollcall_collector.identity.speaking import Speaking
from rollcall_collector.model.school import School, SchoolSettings, school_of
from rollcall_collector.model.site import NewSite
from rollcall_collector.procurement.kept_plans import KeptPlans
from rollcall_collector.procurement.kept_prices import with_kept_prices
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.store.audit.noting import Author, in_the_name_of
from rollcall_collector.store.entered_settings.kept_school import read_school
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.parts.room import Room


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicBroker:
    """Where an enrolled device connects. `ca_pem` is the authority it must trust; None means plain, loopback only.

    `websocket_url` is for Chromebooks, whose browser trusts what its own system trusts; None where there is none.
    """

    host: str
    port: int
    ca_pem: str | None = None
    websocket_url: str | None = None


def _nothing() -> None:
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """What is remembered of those who come to sign in, and where they may come from."""

    file: SignInSettings = field(default_factory=SignInSettings)
    """What the settings file says of the school's provider: it wins over what people enter."""
    discovery: Discovery = field(default_factory=Discovery)
    attempts: Attempts = field(default_factory=Attempts)
    turnstile: Turnstile = field(default_factory=lambda: Turnstile(at_once=600, a_second=10.0))
    """A whole school may come through one address; who guesses is slowed down."""
    passwords: Turnstile = field(default_factory=lambda: Turnstile(at_once=200, a_second=2.0))
    """For passwords alone, each of which is hashed: 25 ms of a core."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """Everything a request may use; made once by the command line and handed to every app that is mounted.

    Each request gets them with the school as it holds at that moment: somebody may have changed it since the start.
    """

    engine: Engine
    clock: Callable[[], datetime]
    """The instant now, aware UTC."""
    zone: str
    """The IANA zone for what belongs to no site: this machine's own until somebody says another."""
    version: str
    broker: PublicBroker
    public_url: str | None = None
    """How people reach the pages when that is not what the request says; https makes the cookie Secure."""
    refresh_broker: Callable[[], None] = _nothing
    """Called after credentials changed, so that the broker takes them at once."""
    plan_settings: PlanSettings = field(default_factory=PlanSettings)
    """By which minutes, prices and planned life a budget is planned."""
    kept_plans: KeptPlans = field(default_factory=KeptPlans)
    """What plans are made from, until something of it changes."""
    school_file: SchoolSettings = field(default_factory=SchoolSettings)
    """What the settings file says of the school: it wins over what people enter."""
    kept_school: School | None = None
    """The school as it holds for this request."""
    usual_zone: str = ""
    """This computer's own zone, once the one above is what somebody said."""
    currency: str = ""
    """The sign that stands beside amounts, as it holds for this request."""
    door: Door = field(default_factory=Door)
    """How people sign in."""
    room: Room | None = None
    """Whether the store can take anything now; None where nobody asks."""
    metrics_token_file: Path | None = None
    """Who brings what stands in it may read the metrics; without it nobody may."""
    speaking: Speaking | None = None
    """Who may speak at the broker, for one that asks; None where none does."""
    command: str = "rollcall"
    """How the command line is called for this store, as the pages say it."""

    def store_trouble(self) -> str:
        """What keeps the store from taking anything now, with the way out; empty where it takes."""
        return "" if self.room is None else self.room.trouble(to_us(self.clock()))

    @property
    def school(self) -> School:
        """The school as it holds now."""
        return self.kept_school or school_of(self.school_file, {}, usual_zone=self.zone)

    @property
    def new_site(self) -> NewSite:
        """What a site gets that a list names for the first time."""
        return self.school.new_site

    def at_this_moment(self) -> "Services":
        """These services with the school as the store has it; as the file has it where the store does not answer."""
        try:
            with self.engine.connect() as connection:
                school = read_school(connection, self.school_file, usual_zone=self.zone)
                currency = with_kept_prices(connection, self.plan_settings).prices.currency
        except SQLAlchemyError:  # the page that says so must be shown all the same
            school, currency = self.school, self.plan_settings.prices.currency
        return replace(self, zone=school.zone, usual_zone=self.zone, kept_school=school, currency=currency)


def services_of(request: Request) -> Services:
    """The services for this request; a dependency of every endpoint."""
    found: Services | None = getattr(request.state, "services", None)
    if found is None:
        author = Author()  # until it is known who asks
        made: Services = request.app.state.services.at_this_moment()
        found = replace(made, engine=in_the_name_of(made.engine, author))
        request.state.author = author
        request.state.services = found
    return found
