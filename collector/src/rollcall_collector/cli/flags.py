"""`rollcall flags`: lists what is proposed about devices, and takes decisions on it."""

import argparse
from datetime import UTC, date, datetime
from typing import get_args

from sqlalchemy import Connection

from rollcall_collector.cli.parts.output import print_json, print_table
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import Verb
from rollcall_collector.config import CollectorSettings
from rollcall_collector.model.flag import NEED_A_REASON, OUTCOMES, TRANSITIONS, Decision, Flag, FlagState
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.judged.flags import decide, find_flag, list_flags

_HELP = {
    "accept": "agree: it will be done",
    "postpone": "ask again on a later day",
    "dismiss": "disagree: the evidence stays; 'unreliable' is asked again once new failures alone would name it",
    "finish": "say that it was done: only new evidence opens it again",
    "reopen": "take the last decision back",
}


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="list flags, worst first")
    listed.add_argument("--state", choices=get_args(FlagState), action="append", help="(default: open)")
    listed.add_argument("--all", action="store_true", help="flags of every state")
    listed.add_argument("--device", metavar="NAME", help="only this device: its id, serial number or asset tag")
    listed.add_argument("--json", action="store_true", help="print as JSON")
    shown = actions.add_parser("show", help="show a flag with its evidence and decisions")
    shown.add_argument("flag", type=int, metavar="FLAG")
    shown.add_argument("--json", action="store_true", help="print as JSON")
    for action in TRANSITIONS:
        taken = actions.add_parser(action, help=_HELP[action])
        taken.add_argument("flag", type=int, metavar="FLAG")
        taken.add_argument("--by", required=True, metavar="NAME", help="who decides")
        is_needed = action in NEED_A_REASON
        taken.add_argument(
            "--reason", default="", required=is_needed, metavar="TEXT", help="why, for whoever asks next year"
        )
        taken.add_argument("--json", action="store_true", help="print the flag as JSON")
        if action == "postpone":
            taken.add_argument("--until", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
        if action == "finish":
            taken.add_argument("--outcome", choices=OUTCOMES, help="how it ended")
            taken.add_argument("--replaced-by", metavar="NAME", help="serial number or tag of the new device")


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with opened_store(settings) as engine:
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
    rows = [(one.flag, one.verdict, one.state, one.device_name, one.site, one.cart, one.sentence) for one in flags]
    headings = ("flag", "verdict", "state", "device", "site", "cart", "sentence")
    print_table(headings, rows, empty="No flag: nothing stands against any device, or 'rollcall judge' has not run.")


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


VERBS: tuple[Verb, ...] = (
    Verb(name="flags", help="list what is proposed about devices, and decide on it", configure=_configure, run=_run),
)
