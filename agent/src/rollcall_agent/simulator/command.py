"""`rollcall-agent simulate`: a make-believe district that reports to a real collector."""

import argparse
import gc
import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rollcall_agent.enrollment.door import Door
from rollcall_agent.enrollment.known_devices import KnownDevices
from rollcall_agent.errors import ConfigError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.simulator.admission import Admission
from rollcall_agent.simulator.arrivals import Arrivals
from rollcall_agent.simulator.district import District, Plan, make_district
from rollcall_agent.simulator.fleet import Fleet
from rollcall_agent.simulator.identities import Identities, read_tokens
from rollcall_agent.simulator.life.device import SPREADS
from rollcall_agent.simulator.life.history import Life
from rollcall_agent.simulator.openfiles import allow_open_files
from rollcall_agent.simulator.progress import Bar
from rollcall_agent.simulator.roster_files import write_calendar, write_roster
from rollcall_agent.simulator.state import settle_plan
from rollcall_agent.simulator.truth import write_truth

HELP = "report as a make-believe district with known truth"
DESCRIPTION = """\
Makes up a district of schools, carts and devices from a seed and lets it report to a collector as real devices do:
each enrolls with a token, keeps its reports in an outbox of its own and delivers them over MQTT. First a history up to
now is told, then, with --live, the present. iPads speak through one MDM bridge a school where the token file has one.

Into --out go devices.csv (import it first: rollcall roster import), sites.json (zones, lessons, holidays, carts),
truth.json (what is really wrong with whom, since when) and the state. The same command with the same folder continues
where it was stopped; nothing is enrolled or told twice. Without --url only the papers and the truth are written.
"""
_EPILOG = """\
The token file holds one token for all, or JSON: {"devices": {"Northfield School": "…"}, "bridges": {"…": "…"}}
"""
_COUNTS = (
    ("devices", 1000, "how many devices"),
    ("schools", 3, "how many schools"),
    ("carts", 40, "how many carts"),
    ("days", 365, "days of history up to now"),
    ("seed", 1, "another seed, another district"),
    (
        "vitals-minutes",
        0,
        "read vitals this often while in use; 0 is each hour, but once or twice a day before the last weeks",
    ),
)
_PLAYED_DAYS = 7
_TURN_SECONDS = 0.2
_FILES_A_PUBLISHER = 7
_GC_THRESHOLD = 50_000
"""A back-fill makes millions of small objects and no rings of them: looking seldom saves a tenth of the time."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = DESCRIPTION, _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    for name, usual, meaning in _COUNTS:
        parser.add_argument(f"--{name}", type=_count, metavar="N", default=usual, help=f"{meaning} ({usual})")
    parser.add_argument("--zone", default="UTC", help="the schools' time zone, like Europe/Berlin (UTC)")
    parser.add_argument(
        "--spread", choices=SPREADS, default="lemons", help="how unreliability differs between devices (lemons)"
    )
    parser.add_argument("--url", help="the collector, like http://127.0.0.1:8460")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="enrollment tokens, see below")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of papers, truth and state")
    parser.add_argument("--papers-only", action="store_true", help="write devices.csv and sites.json, then end")
    parser.add_argument("--live", action="store_true", help="go on with the present after the history")
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="play the last 7 days X times as fast before the present"
    )
    parser.add_argument(
        "--start-over", type=float, default=0.0, metavar="MINUTES", help="spread the publishers' starts over so long"
    )


def run(args: argparse.Namespace) -> int:
    """Make up the district and let it speak. Returns the exit status; raises AgentError by name."""
    clock = SystemClock(speed=args.speed)
    plan = settle_plan(args.out, _plan(args, clock.utc_now()))
    district = make_district(plan)
    write_roster(args.out / "devices.csv", district)
    write_calendar(args.out / "sites.json", district)
    if args.papers_only:
        return 0
    if args.url is None:
        return _write_truth_alone(args.out / "truth.json", district, clock.utc_now())
    if args.token_file is None:
        raise ConfigError("with --url comes --token-file: make tokens with 'rollcall enroll-token create'")
    return _speak(args, district, clock)


class SystemClock:
    """The real time, and a make-believe present that catches up with it at `speed` over the last seven days."""

    def __init__(self, *, speed: float) -> None:
        self._speed = speed
        self._began = time.monotonic()
        self._plays_from = datetime.now(UTC) - timedelta(days=_PLAYED_DAYS)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def utc_now(self) -> datetime:
        """The real present."""
        return datetime.now(UTC)

    def told_until(self) -> datetime:
        """The make-believe present, never later than the real one."""
        if self._speed <= 1.0:
            return self.utc_now()
        played = timedelta(seconds=(time.monotonic() - self._began) * self._speed)
        return min(self.utc_now(), self._plays_from + played)


def _plan(args: argparse.Namespace, now: datetime) -> Plan:
    try:
        today = now.astimezone(ZoneInfo(args.zone)).date()
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"'{args.zone}' is no time zone: give one like Europe/Berlin") from error
    return Plan(
        seed=args.seed,
        devices=args.devices,
        schools=max(1, args.schools),
        carts=args.carts,
        first=today - timedelta(days=args.days),
        last=today,
        zone=args.zone,
        spread=args.spread,
        vitals_minutes=args.vitals_minutes,
    )


def _write_truth_alone(path: Path, district: District, now: datetime) -> int:
    lives = [Life(district, device) for device in district.devices]
    for life in lives:
        next((told for told in life.days() if told[0][0] >= now), None)
    write_truth(path, district, lives, {})
    return 0


def _speak(args: argparse.Namespace, district: District, clock: SystemClock) -> int:
    identities, door = Identities(args.out, url=args.url), Door(args.url)
    known = KnownDevices(args.out / "devices.sqlite3")
    identities.start()
    door.start()
    known.start()
    fleet = Fleet(clock=clock)
    arrivals = Arrivals(
        district=district,
        fleet=fleet,
        admission=Admission(
            district=district, identities=identities, known=known, door=door, tokens=read_tokens(args.token_file)
        ),
        folder=args.out,
        start_over_seconds=args.start_over * 60,
    )
    gc.set_threshold(_GC_THRESHOLD)
    logging.getLogger("rollcall").setLevel(logging.ERROR)  # a thousand couriers would each say what the bar says once
    allow_open_files(arrivals.count * _FILES_A_PUBLISHER)
    bar = Bar(clock.monotonic())
    status = 0
    try:
        _drive(fleet, arrivals, clock, bar, is_live=args.live)
    except KeyboardInterrupt:
        status = 130
    except OSError as error:
        raise ConfigError(f"{args.url} cannot be reached: {explain_error(error, now=clock.utc_now())}") from error
    finally:
        fleet.stop()
        door.stop()
        known.stop()
    if arrivals.is_done and fleet.is_filled:
        write_truth(args.out / "truth.json", district, _in_order(arrivals.lives), arrivals.device_ids)
    bar.say("stopped: the same command continues here" if status else f"told: {fleet.told:,} reports acknowledged")
    return status


def _drive(fleet: Fleet, arrivals: Arrivals, clock: SystemClock, bar: Bar, *, is_live: bool) -> None:
    is_told = False
    while True:
        arrivals.step(clock.monotonic())
        fleet.turn(_TURN_SECONDS if arrivals.is_done else 0.0)
        bar.show(fleet, arrivals, clock.monotonic())
        if arrivals.is_done and fleet.is_filled and fleet.waiting == 0:
            if not is_live:
                return
            if not is_told:
                bar.say(f"history told: {fleet.told:,} reports acknowledged; now live, Ctrl-C ends")
                bar.calm_down()
                is_told = True


def _in_order(lives: list[Life]) -> list[Life]:
    return sorted(lives, key=lambda life: life.device.number)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("give a whole number, 0 or more")
    return number
