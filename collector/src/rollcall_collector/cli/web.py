"""`rollcall web` serves the pages and the API alone; `rollcall serve` also ingests and runs the timetable."""

import argparse
from dataclasses import replace

from rollcall_collector.broker.listening import raise_file_limit
from rollcall_collector.cli.arguments.web import SYNTAX
from rollcall_collector.cli.ingest import chosen_share, login_of
from rollcall_collector.cli.parts.assembly import choose_broker, held, web_server
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.running import Running, noted, program
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.cli.up import running, stopping_on_signals
from rollcall_collector.config import CollectorSettings


def _web(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log, is_verbose=chosen.verbose)
    beside = beside_a_broker(settings, kinds=("auto", "mosquitto", "embedded"))
    raise_file_limit()
    stop = stopping_on_signals()
    patience = Patience(stop)
    with opened_store(beside, patience) as engine:
        login = patience.wait(lambda: login_of(beside, engine))
        server = web_server(beside, engine, choose_broker(beside, engine, login), login)
        try:
            server.start()
            with noted(beside.folder, Running(verb="web", url=server.url)):
                _greet(server.url)
                stop.wait()
        finally:
            server.stop()
    return 0


def _serve(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log, is_verbose=chosen.verbose)
    beside, share = beside_a_broker(settings), chosen_share(chosen.share, settings)
    raise_file_limit()
    stop = stopping_on_signals()
    patience = Patience(stop)
    with (
        held(beside.folder),
        opened_store(beside, patience) as engine,
        running(beside, engine, patience, verb="serve", share=share) as station,
    ):
        _greet(station.url)
        stop.wait()
    return 0


def beside_a_broker(settings: CollectorSettings, kinds: tuple[str, ...] = ("auto",)) -> CollectorSettings:
    """The same settings, but for these kinds with the broker that runs at the set address, started by others."""
    if settings.broker.kind not in kinds:
        return settings
    return settings.model_copy(update={"broker": replace(settings.broker, kind="external")})


def _greet(url: str) -> None:
    print(
        f"Rollcall's pages: {url}\nLet somebody look: {program()} people add NAME --role admin\nCtrl-C stops it.",
        flush=True,
    )


VERBS = verbs_of(SYNTAX, _web, _serve)
