"""`rollcall ingest`: keeps and acknowledges what devices report, alone, beside a broker that runs elsewhere."""

import argparse
import gc
import signal
import threading
from datetime import UTC, datetime

from rollcall_collector.broker.listening import raise_file_limit
from rollcall_collector.cli.arguments.ingest import SYNTAX
from rollcall_collector.cli.mirror import run_mirror
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import SettingsError
from rollcall_collector.ingest.listen import BrokerAddress, Listener

_SHARES_MAX = 64
_CALM_THRESHOLD = 50_000


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log, is_verbose=chosen.verbose)
    raise_file_limit()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    gc.set_threshold(_CALM_THRESHOLD)  # reports live for microseconds: looking for circles among them is idle work
    share = _share(chosen.share)
    with opened_store(settings, Patience(stop)) as engine:
        Listener(
            engine=engine,
            broker=broker_address(settings),
            clock=lambda: datetime.now(UTC),
            has_mirror=settings.mirror.url is not None,
            school=settings.school,
            share=share,
        ).run(stop)
    return 0


def broker_address(settings: CollectorSettings) -> BrokerAddress:
    """The broker that the settings name."""
    broker = settings.broker
    return BrokerAddress(
        host=broker.host,
        port=broker.port,
        user=broker.user,
        password=broker.password,
        ca_file=broker.ca_file,
    )


def _share(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) <= _SHARES_MAX:
        return int(part), int(parts)
    raise SettingsError(f"--share {text} cannot be used: write K/N, such as 2/4, with N at most {_SHARES_MAX}")


VERBS = verbs_of(SYNTAX, _run, run_mirror)
