"""`rollcall quarantine`: shows what was refused or left out, and why, in words a technician can act on."""

import argparse
import json
from dataclasses import asdict

from rollcall_collector.cli.arguments.quarantine import SYNTAX
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import CollectorError
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.refusals import Refusal, count_refusals, find_refusal, list_refusals
from rollcall_wire.codes import REASONS


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    settings.folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    try:
        migrate(engine)
        match chosen.action:
            case "list":
                for reason, count in count_refusals(engine, Scope.all()).items():
                    print(f"{count:>8}  {reason}: {words(reason)}")
                for one in list_refusals(engine, Scope.all(), publisher=chosen.publisher, limit=chosen.limit):
                    print(_line(one))
            case "show":
                found = find_refusal(engine, Scope.all(), chosen.number)
                if found is None:
                    raise CollectorError(f"no refusal {chosen.number}: 'rollcall quarantine list' shows their numbers")
                print(_page(found))
            case _:
                for one in list_refusals(engine, Scope.all(), publisher=chosen.publisher):
                    print(_json(one))
    finally:
        engine.dispose()
    return 0


def words(reason: str) -> str:
    """What a reason means, for people."""
    return REASONS.get(reason, "")


def _line(one: Refusal) -> str:
    number = "message" if one.seq is None else f"report {one.seq}"
    return f"{one.number:>8}  {one.received_at:%Y-%m-%d %H:%M:%S}Z  {one.publisher}  {number}  {one.reason}"


def _page(one: Refusal) -> str:
    cut = "" if len(one.payload) >= one.size else f" (the first {len(one.payload):,} bytes)"
    return "\n".join(
        [
            f"refusal    {one.number}",
            f"received   {one.received_at:%Y-%m-%d %H:%M:%S} UTC",
            f"publisher  {one.publisher}",
            f"report     {'the whole message' if one.seq is None else one.seq}",
            f"outbox     {one.epoch or 'not told'}",
            f"reason     {one.reason}: {words(one.reason)}",
            f"detail     {one.detail}",
            f"size       {one.size:,} bytes{cut}",
            "",
            one.payload.decode(errors="backslashreplace").encode("unicode_escape").decode(),
        ]
    )


def _json(one: Refusal) -> str:
    told = {**asdict(one), "received_at": one.received_at.isoformat(), "words": words(one.reason)}
    return json.dumps({**told, "payload": one.payload.decode(errors="backslashreplace")})


VERBS = verbs_of(SYNTAX, _run)
