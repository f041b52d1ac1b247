"""`rollcall publishers`: shows who may speak, silences one, and lets it back."""

import argparse
from datetime import UTC, datetime

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.publishers import SYNTAX
from rollcall_collector.cli.parts.store import operated_store, school_kept
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.publishers import Publisher, list_publishers, reinstate, retire, revoke
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    now = datetime.now(UTC)
    with operated_store(settings) as engine:
        match chosen.action:
            case "list":
                for one in list_publishers(engine, Scope.all()):
                    print(_line(one))
            case "revoke":
                revoke(engine, Scope.all(), chosen.name, now)
                print(f"{chosen.name} may not speak any more")
            case "retire":
                retire(engine, Scope.all(), chosen.name, now, _zone(settings, engine))
                print(f"{chosen.name} is retired")
            case _:
                reinstate(engine, Scope.all(), chosen.name)
                print(f"{chosen.name} may speak again")
    return 0


def _zone(settings: CollectorSettings, engine: Engine) -> str:
    """The zone that somebody said; else a device's own site decides which day it is."""
    school = school_kept(settings, engine)
    return school.zone if school.is_zone_said else ""


def _line(one: Publisher) -> str:
    if one.is_retired:
        standing = "retired"
    elif one.revoked_us is not None:
        standing = "revoked"
    else:
        standing = one.state or "never heard"
    heard = "-" if one.last_heard_us is None else from_us(one.last_heard_us).date().isoformat()
    place = one.site_name or (f"bridge for {one.platform}" if one.platform else "-")
    return f"{one.name:<24} {standing:<14} heard {heard:<12} {place}"


VERBS = verbs_of(SYNTAX, _run)
