"""Which devices of the list are meant: those that are ticked, or all that were found where none is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import Connection, Engine
from starlette.datastructures import QueryParams

from rollcall_collector.model.device import Device
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import devices_by_id, devices_by_key, every_device, list_keys
from rollcall_dashboards.pages.devices.query import Asked, addresses, read_asked, to_query

TICKED_MAX = 1000
_TICK = "device"
_PART = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Ids that were ticked, and the question whose answers are meant where there are none."""

    ticked: tuple[str, ...]
    asked: Asked

    @property
    def words(self) -> str:
        """As an address and a form hand it on."""
        if self.ticked:
            return urlencode([(_TICK, one) for one in self.ticked])
        return addresses(self.asked)(page="").partition("?")[2]

    def address(self, path: str) -> str:
        """The same choice at another address."""
        return f"{path}?{self.words}" if self.words else path

    def devices(self, connection: Connection, scope: Scope, now: datetime) -> tuple[Device, ...]:
        """The devices in scope that are meant, by site, cart and slot, or in the order asked for."""
        if self.ticked:
            return devices_by_id(connection, scope, self.ticked)
        return tuple(every_device(connection, scope, to_query(self.asked, now)))

    def parts(self, engine: Engine, scope: Scope, now: datetime) -> Iterator[Sequence[Device]]:
        """The same, some at a time, each read for itself: who takes a list along slowly keeps nothing waiting.

        Which they are is asked at once.
        """
        with engine.connect() as connection:
            if self.ticked:
                return iter([devices_by_id(connection, scope, self.ticked)])
            keys = list_keys(connection, scope, to_query(self.asked, now))
        return _read(engine, scope, keys)


def read_chosen(query: QueryParams) -> Chosen:
    """The choice in an address."""
    return _choose(query, query.getlist(_TICK))


def read_words(words: str) -> Chosen:
    """The choice that a form handed on; with one answer a name, as an address is read."""
    pairs = parse_qsl(words, max_num_fields=TICKED_MAX + 50)
    return _choose(dict(pairs), [value for name, value in pairs if name == _TICK])


def _read(engine: Engine, scope: Scope, keys: Sequence[int]) -> Iterator[Sequence[Device]]:
    for start in range(0, len(keys), _PART):
        with engine.connect() as connection:
            found = devices_by_key(connection, scope, tuple(keys[start : start + _PART]))
        yield found


def _choose(query: Mapping[str, str], ticked: Sequence[str]) -> Chosen:
    return Chosen(ticked=tuple(dict.fromkeys(ticked))[:TICKED_MAX], asked=read_asked(query))
