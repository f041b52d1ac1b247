"""`rollcall carts`: says how many devices of each cart are ready and why the others are not; makes a cart's code."""

import argparse
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from rollcall_collector.carts.now import judge_carts, judge_named_cart
from rollcall_collector.carts.roll_call import call_cart
from rollcall_collector.cli.arguments.carts import SYNTAX
from rollcall_collector.cli.parts.output import plain, print_json, print_table
from rollcall_collector.cli.parts.store import operated_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.cart_codes import make_code
from rollcall_collector.model.cart import CartReadiness
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.carts import find_cart, set_cart
from rollcall_collector.store.teachers.cart_codes import end_code


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with operated_store(settings) as engine:
        if chosen.action == "set":
            _set(engine, chosen)
            return 0
        if chosen.action == "code":
            _code(engine, chosen, settings)
            return 0
        if chosen.action == "call":
            _call(engine, chosen)
            return 0
        with engine.connect() as connection:
            judged = _judged(connection, chosen)
    if chosen.json:
        told = [plain(one) | {"availability": one.availability} for one in judged]
        print_json(told if chosen.action == "list" else told[0])
    elif chosen.action == "list":
        _print_carts(judged)
    else:
        _print_slots(judged[0])
    return 0


def _set(engine: Engine, chosen: argparse.Namespace) -> None:
    wanted = {"slots": chosen.slots, "charging": chosen.charging, "home_room": chosen.home_room}
    changes = {name: value for name, value in wanted.items() if value is not None}
    with engine.begin() as connection:
        cart = find_cart(connection, Scope.all(), chosen.name, chosen.site)
        if changes:
            set_cart(connection, Scope.all(), cart.cart, **changes)
        cart = find_cart(connection, Scope.all(), chosen.name, cart.site)
    charging = cart.charging.replace("_", " ")
    print(
        f"cart {cart.name} ({cart.site}): {cart.slots or 'unknown'} slots, charging {charging}, {cart.home_room or ''}"
    )


def _code(engine: Engine, chosen: argparse.Namespace, settings: CollectorSettings) -> None:
    now = datetime.now(UTC)
    with engine.begin() as connection:
        cart = find_cart(connection, Scope.all(), chosen.name, chosen.site)
        if chosen.end:
            had_one = end_code(connection, Scope.all(), cart.cart, now)
            print(f"{cart.name} ({cart.site}): its code works no more" if had_one else f"{cart.name} has no code")
            return
    secret = make_code(engine, Scope.all(), cart.cart, author="the command line", now=now)
    print(settings.web.cart_address(secret))


def _call(engine: Engine, chosen: argparse.Namespace) -> None:
    with engine.begin() as connection:
        cart = find_cart(connection, Scope.all(), chosen.name, chosen.site)
        found = call_cart(connection, Scope.all(), cart.cart, datetime.now(UTC))
    if not found.can_be_called:
        print(f"{cart.name} ({cart.site}): no bridge can ask its devices")
    elif found.is_quiet:
        print(f"{cart.name} ({cart.site}): school is out, so nobody is asked now")
    else:
        print(f"{cart.name} ({cart.site}): {found.answered} of {found.called} called have answered; ask again soon")


def _judged(connection: Connection, chosen: argparse.Namespace) -> tuple[CartReadiness, ...]:
    now = datetime.now(UTC)
    if chosen.action == "list":
        return judge_carts(connection, Scope.all(), now, site=chosen.site)
    return (judge_named_cart(connection, Scope.all(), now, chosen.name, chosen.site),)


def _print_carts(judged: tuple[CartReadiness, ...]) -> None:
    rows = [
        (
            one.cart.site,
            one.cart.name,
            one.ready,
            one.members,
            "" if one.availability is None else f"{one.availability:.0%}",
            "".join(slot.letter for slot in one.slots),
        )
        for one in judged
    ]
    empty = "No cart yet: name them in the roster's 'cart' column."
    print_table(("site", "cart", "ready", "members", "share", "slots"), rows, empty=empty)


def _print_slots(one: CartReadiness) -> None:
    print(f"Cart {one.cart.name} ({one.cart.site}): {one.ready} of {one.members} ready")
    rows = [
        (
            slot.slot,
            slot.letter,
            slot.state.replace("_", " "),
            slot.member.name if slot.member else "",
            "" if slot.mark is None else f"{slot.mark} proposed",
            slot.reason,
        )
        for slot in one.slots
    ]
    print_table(
        ("slot", "", "state", "device", "open flag", "why"),
        rows,
        empty="No device belongs to it yet: name it in the roster.",
    )
    for remark in one.remarks:
        print(f"note: {remark}")


VERBS = verbs_of(SYNTAX, _run)
