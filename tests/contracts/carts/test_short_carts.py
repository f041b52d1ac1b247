"""Which carts are short, and what a picture of one shows, is found as judging all of them would have it."""

from datetime import timedelta
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from rollcall_collector.carts.now import count_doubtful_carts, glance_at_carts, judge_carts
from rollcall_collector.model.cart import CartCount, CartGlance, CartReadiness, SlotState
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.sites import list_sites
from rollcall_collector.store.tables import carts, complaints, devices, flags, publishers, roll_calls, sites
from rollcall_dashboards.shared.short_carts import SHORT_BELOW, short_carts
from tests.support.fleets.kept import keep_device, keep_failure, keep_state
from tests.support.fleets.seed import NOW

ALL = Scope.all()
CARTS, SLOTS = 24, 8
HOURS = (0, 3, 5, 12, 30, 96, 24 * 6)
"""So long after all was told it is asked: in a lesson, after school, the next days, a week later."""


@pytest.mark.parametrize("seed", range(2))
def test_the_carts_that_are_short_are_those_that_judging_all_would_name(engine: Engine, seed: int) -> None:
    random = Random(seed)
    with engine.begin() as connection:
        for cart in range(CARTS):
            _keep_cart(connection, cart, random)

        for hours in HOURS:
            short, doubtful = _compare(connection, hours)
            if hours == 0:
                assert 0 < short < doubtful < CARTS


@pytest.mark.parametrize("seed", range(2))
def test_so_are_they_in_schools_of_other_zones_with_any_level_told_at_any_time(engine: Engine, seed: int) -> None:
    random = Random(seed)
    with engine.begin() as connection:
        for cart in range(CARTS):
            _keep_cart(connection, cart, random, site=random.choice(("Oak", "Elm")), is_any=True)
        charging = sa.case((carts.c.cart % 2 == 0, "all_at_once"), else_="cyclic_thirds")
        connection.execute(sa.update(carts).values(charging=charging))
        elsewhere = random.choice(("America/New_York", "Asia/Kathmandu", "Pacific/Auckland"))
        connection.execute(sa.update(sites).where(sites.c.name == "Elm").values(zone=elsewhere, opens_minute=495))

        found = [_compare(connection, hours) for hours in (*HOURS, 1.3, 8.5, 15.2, 21.4, 26.2, 49.1)]

    assert any(short for short, _ in found)


def _compare(connection: Connection, hours: float) -> tuple[int, int]:
    """How many carts are short so long after, and how many were in doubt."""
    at = NOW + timedelta(hours=hours)
    schools = {site.name: site for site in list_sites(connection, ALL)}
    judged = judge_carts(connection, ALL, at)
    of_all = short_carts(judged, schools, at)
    doubtful = count_doubtful_carts(connection, ALL, at, serving_share=SHORT_BELOW)

    assert [_drawn(one) for one in glance_at_carts(connection, ALL, at)] == [_drawn(one) for one in judged]
    assert [_told(one) for one in short_carts(doubtful, schools, at)] == [_told(one) for one in of_all]
    return len(of_all), len(doubtful)


def _told(found: CartCount | CartReadiness) -> tuple[str, dict[SlotState, int]]:
    return found.cart.name, dict(+found.states)


def _drawn(found: CartGlance | CartReadiness) -> tuple[object, ...]:
    slots = [(one.slot, one.state, one.is_marked) for one in found.slots]
    return found.cart, slots, found.ready, found.members, dict(found.states)


def _keep_cart(connection: Connection, cart: int, random: Random, *, site: str = "Oak", is_any: bool = False) -> None:
    """A cart of which most devices were told well; how many of the others there are differs from cart to cart.

    Where `is_any`, any level was told at any time.
    """
    ill = random.random() * 0.6
    for slot in range(1, SLOTS + 1):
        name = f"{cart}-{slot}"
        platform = random.choice(("windows", "ipados"))
        device = keep_device(connection, name, site=site, cart=f"Cart {cart}", slot=slot, platform=platform)
        is_ill = random.random() < ill
        back = random.choice((0.1, 20, 70, 24 * 5, 24 * 30)) if is_ill else random.choice((0.1, 2, 20))
        level = random.choice((5.0, 35.0, None)) if is_ill else random.choice((40.0, 60.0, 100.0))
        if is_any:
            back, level = (
                random.random() * random.choice((3, 30, 130)),
                round(random.choice((100, 60)) * random.random(), 1),
            )
        vitals = {} if level is None else {"battery_level_percent": level}
        mains = random.random() < 0.4
        keep_state(
            connection,
            device,
            NOW - timedelta(hours=back),
            **vitals,
            is_charging=mains,
            is_plugged_in=mains or (is_any and slot % 3 == 0),
        )
        _keep_line(connection, device, random)
        if is_ill and random.random() < 0.3:
            keep_failure(connection, device, "management", "restart_no_return", NOW.date())
        if is_ill and random.random() < 0.3:
            _flag(connection, device, "accepted")
        elif slot % 4 == 1:
            _flag(connection, device, "postponed" if is_ill else "open")
        if random.random() < 0.1:
            key = connection.execute(sa.select(devices.c.cart).where(devices.c.device == device)).scalar_one()
            connection.execute(sa.insert(complaints).values(cart=key, slot=slot, device=device, said_us=to_us(NOW)))


def _keep_line(connection: Connection, device: int, random: Random) -> None:
    """Some speak for themselves, connected or not; some were called this hour."""
    if random.random() < 0.7:
        name, state = f"p-{device}", random.choice(("ready", "sleeping", None))
        row = {"name": name, "device": device, "secret_hash": "", "enrolled_us": 0, "state": state}
        connection.execute(sa.insert(publishers).values(row))
    if random.random() < 0.3:
        called = to_us(NOW - timedelta(minutes=random.choice((3, 50))))
        connection.execute(sa.insert(roll_calls).values(device=device, called_us=called, needed_us=called))


def _flag(connection: Connection, device: int, state: FlagState) -> None:
    connection.execute(
        sa.insert(flags).values(
            device=device,
            finding="failing_disk",
            verdict="repair",
            state=state,
            sentence="",
            evidence={},
            opened_us=1,
            seen_us=1,
        )
    )
