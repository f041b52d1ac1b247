"""`rollcall mirror`: shows how the InfluxDB copy stands, sends what waits for it, writes it anew."""

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.mirroring import mirror_sender
from rollcall_collector.cli.parts.output import print_json
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.progress import show_progress
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import SettingsError
from rollcall_collector.store.parts.mirror import MirrorStatus, read_status


def run_mirror(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    """Do what `rollcall mirror` was asked; returns the exit status."""
    match chosen.action:
        case "status":
            return _show(chosen, settings)
        case "rebuild":
            return _rebuild(settings)
        case _:
            return _send(settings)


def _send(settings: CollectorSettings) -> int:
    set_up_log(settings.log)
    with _until_stopped() as stop, opened_store(settings, Patience(stop)) as engine:
        run = mirror_sender(settings, engine, _clock)
        if run is None:
            raise _no_mirror()
        run(stop)
    return 0


def _rebuild(settings: CollectorSettings) -> int:
    if settings.mirror.url is None:
        raise _no_mirror()
    from rollcall_collector.mirror.influx import Influx  # noqa: PLC0415  # as above
    from rollcall_collector.mirror.rebuild import Progress, rebuild  # noqa: PLC0415

    said = ""

    def say(progress: Progress) -> None:
        nonlocal said
        if progress.trouble and progress.trouble != said:
            print(f"waiting: {progress.trouble}", file=sys.stderr)
        said = progress.trouble
        show_progress("Writing the mirror", progress.done, progress.all_of_it)

    influx = Influx(settings.mirror, _clock)
    with _until_stopped() as stop, opened_store(settings) as engine:
        try:
            found = rebuild(engine, influx.write, _clock(), stop=stop, say=say)
        finally:
            influx.close()
        is_stopped = stop.is_set()
    print(f"{found.taken:,} lines written" + (f", {found.refused:,} refused: {found.said}" if found.refused else ""))
    if is_stopped:
        print("stopped before the end: the same command begins again, and writes nothing twice")
    return 1 if is_stopped or found.refused else 0


def _show(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    now = _clock()
    with opened_store(settings) as engine, engine.connect() as connection:
        found = read_status(connection, now)
    if chosen.json:
        print_json({"url": settings.mirror.url, "lag_seconds": found.lag_seconds(now), **_plain(found)})
    else:
        for line in _lines(found, settings.mirror.url, found.lag_seconds(now)):
            print(line)
    return 1 if found.state.trouble else 0


def _plain(found: MirrorStatus) -> dict[str, object]:
    return {"state": found.state, "waiting": found.waiting}


def _lines(found: MirrorStatus, url: str | None, lag_seconds: float) -> Iterator[str]:
    state, waiting = found.state, found.waiting
    yield f"mirror   {url or 'none: set mirror.url, mirror.token_file and mirror.bucket'}"
    size = f"{waiting.size_bytes / 1e6:,.1f} MB"
    yield f"waiting  {waiting.lines:,} lines, {size}, the oldest kept {lag_seconds:,.0f} s ago"
    arrived = "never" if state.sent_at is None else f"last at {state.sent_at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"arrived  {state.sent_lines:,} lines, {arrived}"
    if state.refused_lines:
        yield f"refused  {state.refused_lines:,} lines, the last because: {state.refused_why}"
    if state.dropped_first_at is not None and state.dropped_last_at is not None:
        span = f"{state.dropped_first_at:%Y-%m-%d %H:%M} to {state.dropped_last_at:%Y-%m-%d %H:%M} UTC"
        yield f"dropped  {state.dropped_lines:,} lines kept {span}, to make room"
        yield "         → 'rollcall mirror rebuild' writes their starts and failures anew; their vitals are gone there"
    if state.trouble and state.troubled_at is not None:
        yield f"trouble  since {state.troubled_at:%Y-%m-%d %H:%M:%S} UTC: {state.trouble}"


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)


def _clock() -> datetime:
    return datetime.now(UTC)


def _no_mirror() -> SettingsError:
    return SettingsError("no mirror is set: set mirror.url, mirror.token_file and mirror.bucket")
