"""`rollcall doctor`: looks at everything a collector leans on, and says the way out of each trouble."""

import argparse
import contextlib
import shutil
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.broker.listening import raise_file_limit
from rollcall_collector.broker.mosquitto import find_mosquitto
from rollcall_collector.cli.arguments.doctor import SYNTAX
from rollcall_collector.cli.jobs import certificate_trouble
from rollcall_collector.cli.parts.assembly import clock
from rollcall_collector.cli.parts.store import opened_store, school_kept
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.cli.support import run_support
from rollcall_collector.cli.up import find_agent
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import CollectorError, MoveError
from rollcall_collector.judging.fleet import LAST_JUDGED
from rollcall_collector.judging.start_bands import SHOWN_DAYS, refresh_start_bands
from rollcall_collector.model.school import School, say_clock
from rollcall_collector.store.health import LAST_BACKUP
from rollcall_collector.store.instants import from_us
from rollcall_collector.store.kept.anew import find_wrong, make_anew
from rollcall_collector.store.kept_settings import read_setting
from rollcall_collector.store.moving.move import read_unended
from rollcall_collector.store.parts.mirror import read_mirror
from rollcall_collector.store.parts.room import explain, reserve
from rollcall_collector.store.parts.runs import list_parts
from rollcall_collector.store.parts.share import read_service, say_start

_FREE_BYTES_MIN = 2_000_000_000
_JUDGED_WITHIN = timedelta(hours=50)
_BACKED_UP_WITHIN = timedelta(days=8)
_MIRRORED_WITHIN = timedelta(minutes=10)
_ANSWER_SECONDS = 3.0
_NAMED = 3
_RENEWED = "put a new one with its key into broker.certificate_file and key_file: it is taken within half a minute"
FILES_MIN = 4_096
"""A thousand pages at once, a thousand devices with the embedded broker, and the store."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing looked at; `way_out` is empty where it is well. A hint is no trouble yet."""

    what: str
    way_out: str = ""
    is_hint: bool = False


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    if chosen.mend:
        _mend(settings)
    troubles = 0
    for found in examine(settings):
        troubles += bool(found.way_out) and not found.is_hint
        print(say_check(found))
    print("nothing is wrong" if not troubles else f"{troubles} to mend")
    return 1 if troubles else 0


def _mend(settings: CollectorSettings) -> None:
    """Make anew, from the facts, all that is kept beside them."""
    with opened_store(settings) as engine:
        with engine.begin() as connection:
            make_anew(connection)
        refresh_start_bands(engine, clock().date())


def say_check(found: Check) -> str:
    """One thing looked at, in a line; its way out in the next."""
    mark = "hint" if found.is_hint and found.way_out else "trouble" if found.way_out else "well"
    return f"{mark:8} {found.what}" + (f"\n{'':8} → {found.way_out}" if found.way_out else "")


def examine(settings: CollectorSettings) -> Iterator[Check]:
    """Everything a collector leans on, one by one."""
    yield from _examine_store(settings)
    yield _examine_disk(settings)
    yield _examine_files()
    yield _examine_broker(settings)
    if settings.broker.ca_file is not None:
        yield _examine_certificate(settings)
    if find_agent() is None:
        hint = "install rollcall-agent beside rollcall to make this machine a device"
        yield Check(what="no agent is installed here", way_out=hint, is_hint=True)


def _examine_store(settings: CollectorSettings) -> Iterator[Check]:
    try:
        with opened_store(settings) as engine:
            yield _tell_school(school_kept(settings, engine))
            yield Check(what=f"store: {engine.url.render_as_string()} opens, its tables are up to date")
            yield _age(
                read_setting(engine, LAST_JUDGED),
                "judging",
                _JUDGED_WITHIN,
                "run 'rollcall judge', keep 'jobs' running",
            )
            backup = "run 'rollcall backup FILE', or set jobs.backup_folder"
            yield _age(read_setting(engine, LAST_BACKUP), "backup", _BACKED_UP_WITHIN, backup)
            with engine.connect() as connection:
                yield from _examine_parts(connection)
                yield from _examine_mirror(settings, connection)
            yield from _examine_move(engine)
            yield _examine_kept(engine)
    except MoveError as error:
        yield Check(what=f"store: {error.what}", way_out=error.way_out)
    except (SQLAlchemyError, CollectorError, OSError) as error:
        said = str(error).splitlines()[0]
        yield Check(what=f"store: {said}", way_out="check 'database' and 'folder' in the settings, and their rights")


def _examine_parts(connection: Connection) -> Iterator[Check]:
    for run in list_parts(connection, "job/"):
        if run.trouble:
            what = f"{run.part.removeprefix('job/')} failed at {run.noted_at:%Y-%m-%d %H:%M} UTC: {run.trouble}"
            yield Check(
                what=what, way_out="it is tried again by itself; see the log of 'jobs' or 'serve' for the rest"
            )
    service = read_service(connection, clock())
    for share in service.served:
        yield Check(what=f"ingest {share}: hears its devices")
    for share in service.unserved:
        what = f"ingest {share}: nobody hears its devices; they keep their reports"
        yield Check(what=what, way_out=f"{say_start(share)}, or look at its log", is_hint=not service.served)


def _examine_mirror(settings: CollectorSettings, connection: Connection) -> Iterator[Check]:
    found = read_mirror(connection, clock())
    if settings.mirror.url is None:
        if found is not None and found.waiting.lines:
            what = f"mirror: {found.waiting.lines:,} lines wait for a mirror that is no longer set"
            yield Check(what=what, way_out="set mirror.url again, or let them wait", is_hint=True)
        return
    if found is None:
        yield Check(what=f"mirror: nothing was sent to {settings.mirror.url} yet", way_out="start it", is_hint=True)
        return
    if found.state.trouble:
        yield Check(what=f"mirror: {found.state.trouble}", way_out="what waits is sent by itself once that is mended")
    elif found.lag_seconds(clock()) > _MIRRORED_WITHIN.total_seconds():
        what = f"mirror: {found.waiting.lines:,} lines wait, and nobody sends them"
        yield Check(what=what, way_out="run 'rollcall mirror run' beside 'rollcall ingest'; 'serve' sends by itself")
    else:
        yield Check(what=f"mirror: {found.state.sent_lines:,} lines are in {settings.mirror.url}")


def _examine_move(engine: Engine) -> Iterator[Check]:
    found = read_unended(engine)
    if found is None:
        return
    waiting = f"{found.noted:,} changes wait to be brought to {found.to}"
    if found.is_under_way:
        yield Check(what=f"move: under way, {waiting}")
        return
    way_out = "the same 'rollcall migrate' goes on where it stood; 'rollcall migrate --back' gives it up"
    yield Check(what=f"move: it did not end; {waiting}, and every change adds to them", way_out=way_out)


def _examine_kept(engine: Engine) -> Check:
    wrong = find_wrong(engine, clock().date() - timedelta(days=SHOWN_DAYS))
    found = (
        ("the counts of", list(map(str, wrong.days))),
        ("the starts of", wrong.models),
        ("the presence of", wrong.device_ids),
    )
    if not any(names for _, names in found):
        return Check(what="kept for pages: all of it is what the facts give")
    said = " and ".join(f"{what} {_first(names)}" for what, names in found if names)
    return Check(
        what=f"kept for pages: {said} are not what the facts give",
        way_out="run 'rollcall doctor --mend': it makes all of it anew; ingest waits meanwhile",
    )


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} others" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _tell_school(school: School) -> Check:
    opens, closes = say_clock(school.opens_minute), say_clock(school.closes_minute)
    return Check(what=f"settings: zone {school.zone}, school from {opens} to {closes}")


def _age(noted_us: str | None, what: str, within: timedelta, way_out: str) -> Check:
    if noted_us is None:
        return Check(what=f"no {what} yet", way_out=way_out, is_hint=True)
    at = from_us(int(noted_us))
    said = f"last {what}: {at:%Y-%m-%d %H:%M} UTC"
    return Check(what=said, way_out="" if clock() - at < within else way_out)


def _examine_disk(settings: CollectorSettings) -> Check:
    try:
        if settings.folder.exists():
            reserve(settings.folder)
    except OSError as error:
        return Check(what=f"disk of {settings.folder.absolute()}", way_out=explain(error))
    free = shutil.disk_usage(settings.folder if settings.folder.exists() else settings.folder.absolute().parent).free
    said = f"disk: {free / 1e9:.1f} GB free for {settings.folder.absolute()}"
    return Check(what=said, way_out="" if free >= _FREE_BYTES_MIN else "make room, or move 'folder' elsewhere")


def _examine_files() -> Check:
    files_max = raise_file_limit()
    return Check(
        what=f"connections and files: up to {files_max:,} at once",
        way_out="" if files_max >= FILES_MIN else f"allow {FILES_MIN:,}: LimitNOFILE= of the service, or ulimit -Hn",
    )


def _examine_certificate(settings: CollectorSettings) -> Check:
    trouble = certificate_trouble(settings, clock())
    if not trouble:
        return Check(what="certificate: the broker's is good")
    way_out = "have your broker show a new one" if settings.broker.kind == "external" else _RENEWED
    return Check(what=f"certificate: {trouble}", way_out=way_out)


def _examine_broker(settings: CollectorSettings) -> Check:
    broker = settings.broker
    with contextlib.suppress(OSError), socket.create_connection((broker.host, broker.port), timeout=_ANSWER_SECONDS):
        return Check(what=f"broker: somebody listens on {broker.host}:{broker.port}")
    if broker.kind == "external":
        return Check(
            what=f"broker: nobody listens on {broker.host}:{broker.port}",
            way_out="start the school's broker, or mend broker.host and broker.port",
        )
    program = find_mosquitto()
    if program is None and broker.kind == "mosquitto":
        return Check(what="broker: mosquitto is not installed", way_out="install it, or set broker.kind to 'auto'")
    hint = "" if program else "install mosquitto for more than a trial: the embedded broker is slower"
    return Check(what=f"broker: 'rollcall up' will start {program or 'the embedded one'}", way_out=hint, is_hint=True)


VERBS = verbs_of(SYNTAX, _run, run_support)
