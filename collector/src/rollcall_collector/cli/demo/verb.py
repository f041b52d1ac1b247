"""`rollcall demo`: everything on this machine, with a make-believe district that reports through the real path."""

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.demo import SYNTAX
from rollcall_collector.cli.demo.papers import bring_in_papers, read_sites
from rollcall_collector.cli.demo.prices import enter_prices
from rollcall_collector.cli.demo.truth import TRUTH, check_demo, tell_truth
from rollcall_collector.cli.demo.truth_file import read_truth
from rollcall_collector.cli.parts.assembly import StationError, clock, held
from rollcall_collector.cli.parts.judging import judge_now
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.progress import show_progress
from rollcall_collector.cli.parts.running import DEMO
from rollcall_collector.cli.parts.sign_in import SignIn
from rollcall_collector.cli.parts.store import opened_store, school_kept
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.cli.up import child, find_agent, running, stopping_on_signals
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.judging.fleet import JudgeSummary
from rollcall_collector.model.scope import Scope

_POLL_SECONDS = 0.2
_TOKEN_USES = 100_000


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log, is_verbose=chosen.verbose)
    apart = settings.model_copy(update={"folder": settings.folder / DEMO, "database": None})
    if chosen.check:
        print(check_demo(apart, now=clock(), budget=chosen.budget))
        return 0
    agent = find_agent()
    if agent is None:
        raise StationError("the demo's devices are played by rollcall-agent: install it beside rollcall")
    began = time.monotonic()
    stop = stopping_on_signals()
    patience = Patience(stop)
    with (
        held(apart.folder),
        opened_store(apart, patience) as engine,
        running(apart, engine, patience, verb="demo") as station,
    ):
        link = SignIn(engine=engine, settings=apart, url=station.url)
        enter_prices(engine, apart)
        print(f"Rollcall's demo: {station.url}\nIts district moves in and tells its past: some minutes.", flush=True)
        district = apart.folder.absolute() / "district"
        zone = school_kept(apart, engine).zone
        simulate: list[str | Path] = [agent, "simulate", "--out", district, "--zone", zone, *_amounts(chosen)]
        _move_in(engine, simulate, district, apart)
        speak: list[str | Path] = [*simulate, "--url", station.url, "--token-file", _write_tokens(engine, district)]
        if _tell_history(speak, stop):
            judged = judge_now(engine, apart, show_progress)
            truth = read_truth(apart.folder / TRUTH)
            print(f"\n{tell_truth(engine, truth, apart, now=clock(), budget=chosen.budget)}", flush=True)
            with (district / "live.log").open("ab") as log, child([*speak, "--live"], log=log):
                print(_summary(judged, district, time.monotonic() - began), flush=True)
                link.say()
                link.say_again_until(stop)
        print("\nstopping …", flush=True)
    return 0


def _amounts(chosen: argparse.Namespace) -> list[str]:
    named = {"devices": chosen.devices, "schools": chosen.schools, "carts": chosen.carts, "days": chosen.days}
    return [word for name, amount in (named | {"seed": chosen.seed}).items() for word in (f"--{name}", str(amount))]


def _move_in(engine: Engine, simulate: list[str | Path], district: Path, settings: CollectorSettings) -> None:
    """Let the simulator write the district's papers, then bring them in as a school would."""
    subprocess.run([*simulate, "--papers-only"], check=True)  # noqa: S603  # our own agent
    bring_in_papers(engine, district, new_site=school_kept(settings, engine).new_site)


def _write_tokens(engine: Engine, district: Path) -> Path:
    """A token for the devices of each site, and one for its MDM bridge, in a file only we can read."""
    names = [site["name"] for site in read_sites(district)]
    now = clock()
    tokens = {
        "devices": {name: create_token(engine, Scope.all(), site=name, now=now, uses=_TOKEN_USES) for name in names},
        "bridges": {
            name: create_token(engine, Scope.all(), site=name, now=now, uses=10, platform="ipados") for name in names
        },
    }
    file = district / "tokens.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(tokens))
    return file


def _tell_history(speak: list[str | Path], stop: threading.Event) -> bool:
    """Let the district tell its past; false where somebody stopped it. Raises StationError if it fails."""
    with child(speak) as telling:
        while telling.poll() is None:
            if stop.wait(_POLL_SECONDS):
                return False
        if telling.returncode != 0:
            print(f"rollcall-agent simulate ended with status {telling.returncode}", file=sys.stderr)
            raise StationError("the demo's district could not tell its past: start the demo again, it continues")
    return True


def _summary(judged: JudgeSummary, district: Path, seconds: float) -> str:
    return (
        f"\nThe district's past is told and judged after {seconds:.0f} s: "
        f"{judged.devices:,} devices, {judged.opened:,} flags opened. From here on it lives in the present.\n"
        f"  what is really wrong with whom: {district / 'truth.json'}\n"
        "Ctrl-C stops it; the next start continues."
    )


VERBS = verbs_of(SYNTAX, _run)
