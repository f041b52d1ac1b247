"""A cart's members come with the flag that weighs most on them, and with whether they are connected."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.model.cart import Member
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.store.carts import cart_members, find_cart
from rollcall_collector.store.judged.flags import decide, keep_findings, list_flags
from rollcall_collector.store.tables import publishers
from tests.support.fleets.kept import keep_device

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
FOUND: dict[str, Verdict] = {"unreliable": "replace", "failing_disk": "repair", "disk_errors": "watch"}


def _device(engine: Engine) -> int:
    with engine.begin() as connection:
        return keep_device(connection, "a1", site="Oak", cart="B", slot=1)


def _flag(engine: Engine, device: int, *, accepted: str | None = None) -> None:
    findings = [
        Finding(finding=name, verdict=verdict, sentence=f"By {name}.", evidence={}) for name, verdict in FOUND.items()
    ]
    with engine.begin() as connection:
        keep_findings(connection, device, findings, rules=tuple(FOUND), now=NOW)
        for flag in list_flags(connection, Scope.all(), device=device):
            if flag.finding == accepted:
                decide(connection, Scope.all(), flag.flag, "accept", author="kim", reason="ordered", now=NOW)


def _member(engine: Engine) -> Member:
    with engine.connect() as connection:
        cart = find_cart(connection, Scope.all(), "B")
        return cart_members(connection, Scope.all(), (cart.cart,))[cart.cart][0]


@pytest.mark.parametrize(
    ("accepted", "verdict", "is_accepted"),
    [(None, "replace", False), ("failing_disk", "repair", True), ("disk_errors", "replace", False)],
)
def test_what_was_accepted_for_repair_weighs_more_than_what_is_proposed(
    engine: Engine, accepted: str | None, verdict: str, is_accepted: bool
) -> None:
    device = _device(engine)

    _flag(engine, device, accepted=accepted)

    member = _member(engine)
    assert (member.standing, member.is_accepted) == (verdict, is_accepted)
    assert FOUND[member.sentence.removeprefix("By ").removesuffix(".")] == verdict


def test_a_device_is_connected_where_one_of_its_publishers_is(engine: Engine) -> None:
    device = _device(engine)
    unsaid = _member(engine).is_connected
    with engine.begin() as connection:
        row = {"device": device, "secret_hash": "$7$", "enrolled_us": 1}
        connection.execute(
            publishers.insert(),
            [
                {"publisher": 7, "name": "old", "state": "lost", **row},
                {"publisher": 8, "name": "new", "state": None, **row},
            ],
        )
    gone = _member(engine).is_connected

    with engine.begin() as connection:
        connection.execute(sa.update(publishers).where(publishers.c.name == "new").values(state="ready"))

    assert (unsaid, gone, _member(engine).is_connected) == (None, False, True)
