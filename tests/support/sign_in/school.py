"""Rollcall and the provider of one school, with people of whom some have a role by what the provider says of them."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Page
from sqlalchemy import Engine

from rollcall_collector.api.app import create_app
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import Door
from rollcall_collector.identity.role_map import add_rule
from rollcall_collector.identity.sign_in.discovery import Discovery
from rollcall_collector.identity.sign_in.settings import SignInSettings
from tests.support.browsing import services_for
from tests.support.identities import new_store
from tests.support.sign_in.real_provider import free_port
from tests.support.sign_in.small_issuer import CLIENT, SECRET

PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "ada": {"name": "Ada Admin", "email": "ada@school.example", "email_verified": True, "groups": ["it"]},
    "tom": {"name": "Tom Teacher", "email": "tom@school.example", "email_verified": True},
    "tia": {
        "name": "Tia Technician",
        "email": "tia@school.example",
        "email_verified": True,
        "roles": ["rollcall-technician"],
    },
    "pip": {"name": "Pip Pupil", "email": "pip@school.example", "email_verified": True, "groups": ["pupils"]},
}


class Provider(Protocol):
    """A provider that runs."""

    @property
    def url(self) -> str:
        """Its issuer."""

    def sign_in_there(self, page: Page, name: str) -> None:
        """What somebody does on the provider's own pages."""


class School:
    """Rollcall and the provider of one school."""

    def __init__(self, engine: Engine, provider: Provider, url: str) -> None:
        self.engine = engine
        self.provider = provider
        self.url = url
        self.later_seconds = 0.0
        """How much later it is than it is, for what Rollcall remembers of the provider."""


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def school_with(
    folder: Path, provided: Callable[[str, Mapping[str, Mapping[str, Any]]], AbstractContextManager[Provider]]
) -> Iterator[School]:
    """A school whose provider is made of where it leads back to, and its people."""
    engine = new_store(folder)
    port = free_port()
    secret = folder / "client.secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    with provided(f"http://127.0.0.1:{port}/sign-in/back", PEOPLE) as provider:
        said = SignInSettings(kind="openid", pinned=provider.url, client_id=CLIENT, client_secret_file=secret)
        made = School(engine, provider, f"http://127.0.0.1:{port}")
        discovery = Discovery(clock=lambda: time.monotonic() + made.later_seconds)
        services = replace(services_for(engine), clock=now, door=Door(file=said, discovery=discovery))
        server = WebServer(create_app(services), host="127.0.0.1", port=port)
        server.start()
        add_rule(engine, "group", "it", "admin", now())
        add_rule(engine, "address", "tom@school.example", "viewer", now())
        yield made
        server.stop()
        engine.dispose()
