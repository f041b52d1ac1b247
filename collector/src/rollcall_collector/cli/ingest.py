"""`rollcall ingest`: keeps and acknowledges what devices report, alone, beside a broker that runs elsewhere."""

import argparse
import signal
import threading
from datetime import UTC, datetime

from sqlalchemy import Engine, make_url

from rollcall_collector.broker.listening import Login, raise_file_limit
from rollcall_collector.cli.arguments.ingest import SYNTAX
from rollcall_collector.cli.mirror import run_mirror
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import SettingsError
from rollcall_collector.identity.credentials import new_secret
from rollcall_collector.ingest.listen import BrokerAddress, Listener
from rollcall_collector.store.kept_settings import get_or_create
from rollcall_collector.store.parts.share import Share, read_share
from rollcall_wire.topics import BUCKETS


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log, is_verbose=chosen.verbose)
    raise_file_limit()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    share, patience = chosen_share(chosen.share, settings), Patience(stop)
    with opened_store(settings, patience) as engine:
        listener = Listener(
            engine=engine,
            broker=broker_address(settings, patience.wait(lambda: login_of(settings, engine))),
            clock=lambda: datetime.now(UTC),
            has_mirror=settings.mirror.url is not None,
            school=settings.school,
            share=share,
        )
        patience.wait(lambda: listener.claim(stop))
        listener.run(stop)
    return 0


def login_of(settings: CollectorSettings, engine: Engine) -> Login:
    """The collector's own name at the broker; its password is set, or made once and kept in the store."""
    given = settings.broker.password
    password = given or get_or_create(engine, "broker.password", new_secret)
    return Login(user=settings.broker.user, password=password)


def broker_address(settings: CollectorSettings, login: Login) -> BrokerAddress:
    """The broker that the settings name."""
    broker = settings.broker
    return BrokerAddress(
        host=broker.host,
        port=broker.port,
        user=login.user,
        password=login.password,
        ca_file=broker.ca_file,
    )


def chosen_share(text: str, settings: CollectorSettings) -> Share:
    """The share that `--share` names. Raises SettingsError where it is none, or the store cannot be shared."""
    share = read_share(text)
    if share is None:
        raise SettingsError(f"--share {text} cannot be used: write K/N, such as 2/4, with N at most {BUCKETS}")
    if share.of > 1 and make_url(settings.database_url).get_backend_name() == "sqlite":
        raise SettingsError(
            f"--share {share} needs PostgreSQL: SQLite has one writer, and one ingest takes all it can write; "
            "start it without --share, or name a PostgreSQL in 'database'"
        )
    return share


VERBS = verbs_of(SYNTAX, _run, run_mirror)
