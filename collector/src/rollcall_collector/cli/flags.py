"""`rollcall flags`: lists what is proposed about devices, and takes decisions on it."""

import argparse
from datetime import UTC, date, datetime
from typing import get_args

from sqlalchemy import Connection

from rollcall_collector.cli.arguments.flags import SYNTAX
from rollcall_collector.cli.parts.output import print_json, print_table
from rollcall_collector.cli.parts.store import operated_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.model.flag import TRANSITIONS, Decision, Flag, FlagState
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.judged.flags import decide, find_flag, list_flags


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with operated_store(settings) as engine:
        if chosen.action in TRANSITIONS:
            with engine.begin() as connection:
                flag = decide(
                    connection,
                    Scope.all(),
                    chosen.flag,
                    chosen.action,
                    author=chosen.by,
                    reason=chosen.reason,
                    until=getattr(chosen, "until", None),
                    outcome=getattr(chosen, "outcome", None),
                    replaced_by=getattr(chosen, "replaced_by", None),
                    now=datetime.now(UTC),
                )
            _show(flag, chosen)
            if getattr(chosen, "outcome", None) == "replaced" and not chosen.json:
                print(f"When it leaves: 'rollcall publishers retire {flag.device_id}' takes it out of the fleet.")
            return 0
        with engine.connect() as connection:
            if chosen.action == "show":
                _show(find_flag(connection, Scope.all(), chosen.flag), chosen)
            else:
                _list(connection, chosen)
    return 0


def _list(connection: Connection, chosen: argparse.Namespace) -> None:
    states = get_args(FlagState) if chosen.all else tuple(chosen.state or ("open",))
    device = None if chosen.device is None else find_device(connection, Scope.all(), chosen.device).device
    flags = list_flags(connection, Scope.all(), states=states, device=device)
    if chosen.json:
        print_json(flags)
        return
    rows = [(*_dated(one), one.device_name, one.site, one.cart, one.sentence) for one in flags]
    headings = ("flag", "verdict", "state", "since", "opened", "device", "site", "cart", "sentence")
    print_table(headings, rows, empty="No flag: nothing stands against any device, or 'rollcall judge' has not run.")


def _dated(flag: Flag) -> tuple[object, ...]:
    return flag.flag, flag.verdict, flag.state, _since(flag), flag.opened_at.date()


def _since(flag: Flag) -> date | None:
    """The day (UTC) since which it is in its state: of the last decision, of its closing, else of its opening."""
    if flag.state == "closed":
        return None if flag.closed_at is None else flag.closed_at.date()
    decided = flag.decisions[-1].decided_at if flag.decisions and flag.state != "open" else flag.opened_at
    return decided.date()


def _show(flag: Flag, chosen: argparse.Namespace) -> None:
    if chosen.json:
        print_json(flag)
        return
    place = ", ".join(filter(None, (flag.site, flag.cart)))
    print(f"flag {flag.flag}: {flag.verdict} {flag.device_name} ({place or 'no site'}), {flag.state}")
    print(flag.sentence)
    width = max(map(len, flag.evidence), default=0)
    for name, value in flag.evidence.items():
        print(f"  {name.ljust(width)}  {value}")
    for one in flag.decisions:
        print(f"{one.decided_at:%Y-%m-%d} {_words(one)} by {one.author}: {one.reason or 'no reason given'}")


def _words(one: Decision) -> str:
    """What was decided: `postpone until 2026-12-01`, `finish: replaced by SN123`."""
    outcome = "" if one.outcome is None else f": {one.outcome.replace('_', ' ')}"
    new = f" by {one.replaced_by}" if one.replaced_by else ""
    until = f" until {one.until_on}" if one.until_on else ""
    return f"{one.action}{outcome}{new}{until}"


VERBS = verbs_of(SYNTAX, _run)
