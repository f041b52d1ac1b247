"""The verb of a bridge: enrolls it, checks it, or lets it speak for its service's devices until told to stop."""

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from random import SystemRandom

from rollcall_agent import __version__
from rollcall_agent.bridges.bridge import Attendance, Bridge, RollCall
from rollcall_agent.bridges.registry import BRIDGES, find_bridge
from rollcall_agent.bridges.rounds import Rounds
from rollcall_agent.bridges.self_check import SelfCheck, check_service
from rollcall_agent.checks import Check, fault, lines_of
from rollcall_agent.cli.enroll import token_of
from rollcall_agent.cli.places import show_places
from rollcall_agent.config import AgentSettings
from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.enrollment import Door, Identity, StateFolder, enroll
from rollcall_agent.enrollment.identity import settings_heard
from rollcall_agent.enrollment.known_devices import KnownDevices
from rollcall_agent.enrollment.roll_call import ask_roll_call
from rollcall_agent.enrollment.told_checks import tell_checks
from rollcall_agent.errors import AgentError, ConfigError, EnrollmentError, UnknownBridgeError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.outbox import Outbox
from rollcall_agent.resident.loop import was_clock_set
from rollcall_agent.resident.sleep import Waking
from rollcall_agent.sources.registry import this_system
from rollcall_wire import Inventory

log = logging.getLogger("rollcall.bridge")

WAIT_SECONDS_MAX = 300.0
UNKNOWN = 2
"""The exit status for a bridge that is not there: as for any word that the command line does not know."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments. The state stands in `bridges/NAME` below the agent's own."""
    parser.add_argument("name", help="which bridge")
    parser.add_argument("deed", nargs="?", choices=("run", "enroll"), default="run", help="run it (usual), or enroll")
    parser.add_argument("url", nargs="?", help="to enroll: the collector's address")
    parser.add_argument("--check", action="store_true", help="check the service and the collector, then end")
    parser.add_argument("--places", action="store_true", help="show which cart and slot each device would get")
    parser.add_argument(
        "--token-file", type=Path, help="to enroll: a file with a bridge's token; '-' is standard input"
    )


def run(args: argparse.Namespace, settings: AgentSettings, *, bridges: Sequence[Bridge] = BRIDGES) -> int:
    """Do what is asked with the bridge of this name; 2 where there is none."""
    try:
        bridge = find_bridge(args.name, bridges)
    except UnknownBridgeError as error:
        print(f"rollcall-agent: {error}", file=sys.stderr)
        return UNKNOWN
    state = settings.for_bridge(bridge.name)
    if args.check:
        checks = _checks(bridge, state, settings.preparation.ca_file)
        print("\n".join(lines_of(checks)))
        return 1 if any(check.is_fault for check in checks) else 0
    if args.places:
        return show_places(bridge, state.path)
    if bridge.poll is None:
        way_out = f"'rollcall-agent bridge {bridge.name} --places' writes what it knows as a list"
        raise ConfigError(f"{bridge.name} has nothing to tell by itself: {way_out}")
    if args.deed == "enroll":
        return _enroll(bridge, state, args, settings)
    return _run(bridge, state, settings.preparation.ca_file)


def _checks(bridge: Bridge, state: StateFolder, ca_file: Path | None) -> list[Check]:
    now = this_system().moment().now
    service = list(check_service(bridge, state.path, now))
    if bridge.poll is None:
        return service
    try:
        identity = state.load()
    except AgentError as error:
        return [fault("identity", "it cannot be read", str(error))]
    if identity is None:
        way_out = f"run 'rollcall-agent bridge {bridge.name} enroll URL'"
        return [fault("identity", "this bridge is not enrolled", way_out), *service]
    known = Check(subject="identity", says=f"{identity.publisher}, from {identity.url}")
    return [
        known,
        *service,
        _check_collector(bridge.name, Door(identity.url, ca_file=ca_file), identity, service, now),
    ]


def _check_collector(bridge: str, door: Door, identity: Identity, found: Sequence[Check], now: datetime) -> Check:
    """Whether it takes what was found, for the page on which devices are enrolled."""
    try:
        door.start()
        is_kept = tell_checks(door, identity, bridge, found)
    except AgentError as error:
        return fault("collector", "it did not take this", str(error))
    except OSError as error:
        return fault("collector", "it cannot be reached", explain_error(error, now=now))
    finally:
        door.stop()
    says = "its page Add devices shows this" if is_kept else "it answers; once upgraded, its page shows this"
    return Check(subject="collector", says=says)


def _enroll(bridge: Bridge, state: StateFolder, args: argparse.Namespace, settings: AgentSettings) -> int:
    if args.url is None:
        raise ConfigError(f"name the collector: rollcall-agent bridge {bridge.name} enroll https://host")
    system, token = this_system(), token_of(args.token_file, settings)
    hardware = {basis: _hash_of(found, bridge.name) for basis, found in system.hardware(system.host()).items()}
    told = Inventory(platform=bridge.platform, model=f"{bridge.name} bridge", agent_version=__version__)
    with system.hold(state.path):
        try:
            identity = enroll(
                args.url, token=token, hardware=hardware, inventory=told, ca_file=settings.preparation.ca_file
            )
        except OSError as error:
            why = explain_error(error, now=system.moment().now)
            raise ConfigError(f"{args.url} cannot be reached: {why}") from error
        if identity.device_id is not None:
            raise EnrollmentError("this token is for devices: ask for one for a bridge")
        state.save(identity)
    print(f"enrolled as {identity.publisher}; start it with 'rollcall-agent bridge {bridge.name}'")
    return 0


def _hash_of(hardware_id: str, bridge: str) -> str:
    """What this bridge on this very machine is recognised by: two bridges on one machine are two publishers."""
    return hashlib.sha256(f"{hardware_id}/bridge/{bridge}".encode()).hexdigest()


def _run(bridge: Bridge, state: StateFolder, ca_file: Path | None) -> int:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    identity = state.load()
    if identity is None:
        raise ConfigError(f"this bridge is not enrolled: run 'rollcall-agent bridge {bridge.name} enroll URL'")
    waking, outbox = Waking(), Outbox(state.outbox_file)
    known, door = KnownDevices(state.known_devices_file), Door(identity.url, ca_file=ca_file)
    waking.start()
    with ExitStack() as stack:
        stack.callback(waking.stop)
        stack.enter_context(this_system().hold(state.path))
        for part in (outbox, known, door):
            part.start()
            stack.callback(part.stop)
        rounds = Rounds(
            bridge=bridge,
            identity=identity,
            door=door,
            known=known,
            outbox=outbox,
            random=SystemRandom(),
            folder=state.path,
            settings=settings_heard(outbox, identity),
        )
        courier = Courier(
            outbox=outbox,
            broker=Broker(
                host=identity.broker_host,
                port=identity.broker_port,
                ca_file=None if identity.ca_pem is None else state.ca_pem_file,
            ),
            credentials=Credentials(publisher=identity.publisher, password=identity.password),
            random=rounds.random,
            on_settings=rounds.follow,
            hours=rounds.settings.school_hours,
        )
        courier.start(time.monotonic())
        stack.callback(courier.stop)
        _attend(stack, rounds, Door(identity.url, ca_file=ca_file), waking)
        _live(rounds, courier, waking)
    return 0


def _attend(stack: ExitStack, rounds: Rounds, door: Door, waking: Waking) -> None:
    """Let the bridge listen and ask beside its rounds; the door is its own, for it is used from another thread."""
    if rounds.bridge.attend is not None:
        door.start()
        stack.callback(door.stop)
        stack.enter_context(rounds.bridge.attend(_attendance(rounds, rounds.identity, door, waking)))


def _attendance(rounds: Rounds, identity: Identity, door: Door, waking: Waking) -> Attendance:
    def hurry() -> None:
        rounds.is_hurried = True
        waking.wake()

    return Attendance(
        folder=rounds.folder,
        clock=lambda: this_system().moment().now,
        hurry=hurry,
        roll_call=lambda: [
            RollCall(serial_number=serial, site=site) for serial, site in ask_roll_call(door, identity)
        ],
        trouble=lambda error: log.error("bridge.troubled error=%r", error),
    )


def _live(rounds: Rounds, courier: Courier, waking: Waking) -> None:
    """Ask, check, carry, sleep; until told to stop."""
    self_check = SelfCheck(rounds=rounds)
    before = this_system().moment()
    while not waking.is_stopping:
        now = this_system().moment()
        if was_clock_set(before, now):
            rounds.outbox.epochs.begin()
        before = now
        due = rounds.step(time.monotonic(), now.now)
        due = min(due, self_check.step(time.monotonic(), now.now))
        due = min(due, courier.step(time.monotonic(), now.now))
        waking.wait(courier.socket(), min(due - time.monotonic(), WAIT_SECONDS_MAX), wants_write=courier.wants_write())
