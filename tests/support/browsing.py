"""A real server with real pages on a seeded store, and a browser to look at them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine

from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import PublicBroker, Services
from rollcall_collector.identity.people import Role
from rollcall_collector.model.school import SchoolSettings
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.prices import PlanSettings, Prices
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.parts.room import Room
from rollcall_dashboards.pages import registry
from tests.support.apps import lent_app
from tests.support.fleets import seed
from tests.support.identities import new_store

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = {page.name: page.address for page in registry.PAGES if "{" not in page.address} | {
    "device": "/devices/{worn}",
    "dossier": "/devices/{lemon}/dossier",
    "replace": "/replace?budget=800",
    "cart": "/carts/2",
    "cart_code": f"/c/{seed.CODE}",
}
"""Every page by name, with an address that shows something; `{worn}` and `{lemon}` are the ids of two devices."""
FOR_ADMINISTRATORS = frozenset({"sign_in_setup", PAGES["sign_in_setup"]})
"""Pages, by name and by address, that nobody else sees."""
WORN, LEMON = "NB-11", "CB-07"
"""Tags of a device with a worn battery, and of one that fails more than its peers."""
PRICES = Prices(battery_swap=59, disk_swap=79, labour=15)


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running server, its store, and a signed-in session of each role."""

    url: str
    engine: Engine
    sessions: dict[Role, str]

    def cookie(self, role: Role = "technician") -> dict[str, str]:
        return {"rollcall": self.sessions[role]}


def role_for(page: str) -> Role:
    """Who looks at this page, by its name or address: a technician wherever one may."""
    return "admin" if page in FOR_ADMINISTRATORS else "technician"


def services_for(engine: Engine, school_file: SchoolSettings | None = None, *, command: str = "rollcall") -> Services:
    """Services on this store at the seeded Tuesday morning; `school_file` is what a settings file says."""
    return Services(
        engine=engine,
        clock=lambda: seed.NOW,
        zone=seed.ZONE,
        version="0.1.0",
        broker=PublicBroker(host="127.0.0.1", port=1883, ca_pem="an authority"),
        plan_settings=PlanSettings(prices=PRICES),
        school_file=school_file or SchoolSettings(),
        command=command,
    )


def address_of(engine: Engine, page: str) -> str:
    """The address of a page by its name or pattern, with the devices' ids filled in."""
    pattern = PAGES.get(page, page)
    if "{" not in pattern:
        return pattern
    with engine.connect() as connection:
        return pattern.format(
            worn=find_device(connection, Scope.all(), WORN).device_id,
            lemon=find_device(connection, Scope.all(), LEMON).device_id,
        )


@cache
def _seeded(*, has_record: bool) -> bytes:
    """A store with the district in it, as a file's bytes: made once, some seconds each, for all tests of a process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rollcall.sqlite3"
        engine = new_store(Path(folder))
        seed.seed_district(engine, has_record=has_record)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return file.read_bytes()


@contextmanager
def serving(
    folder: Path,
    *,
    is_seeded: bool = True,
    has_record: bool = True,
    school_file: SchoolSettings | None = None,
    command: str = "rollcall",
    **more: Any,
) -> Iterator[Served]:
    """A server on a free port of this machine, with a district (with or without its past) or an empty store.

    `more` are further services, such as the file with the token of the metrics.
    """
    engine = new_store(folder)
    if is_seeded:
        (folder / "rollcall.sqlite3").write_bytes(_seeded(has_record=has_record))
    sessions: dict[Role, str] = {
        "admin": seed.sign_in(engine, "Ada", "admin"),
        "technician": seed.sign_in(engine, "Tom", "technician"),
        "procurement": seed.sign_in(engine, "Pia", "procurement"),
        "viewer": seed.sign_in(engine, "Vera", "viewer"),
        "front_desk": seed.sign_in(engine, "Fay", "front_desk"),
        "teacher": seed.sign_in(engine, "Teo", "teacher"),
    }
    services = replace(services_for(engine, school_file, command=command), room=Room(engine, folder), **more)
    with lent_app(services) as app:
        server = WebServer(app, host="127.0.0.1", port=0)
        server.start()
        try:
            yield Served(url=server.url, engine=engine, sessions=sessions)
        finally:
            server.stop()
            engine.dispose()


@contextmanager
def browsing(chromium: Path) -> Iterator[Browser]:
    """Chromium without a window, fetching nothing by itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
