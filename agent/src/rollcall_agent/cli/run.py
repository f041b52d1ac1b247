"""The verbs that do the work: `run` stays on the device, `once` looks, delivers and leaves."""

import logging
import sys
import time
from random import SystemRandom
from typing import TYPE_CHECKING

from rollcall_agent.config import AgentSettings
from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.enrollment import Identity
from rollcall_agent.enrollment.identity import settings_heard
from rollcall_agent.errors import DiskError
from rollcall_agent.outbox import Outbox
from rollcall_agent.resident.identity import stand
from rollcall_agent.resident.look import Lookout
from rollcall_agent.resident.loop import Residence, live
from rollcall_agent.resident.sleep import Waking
from rollcall_agent.sources.registry import this_system

if TYPE_CHECKING:  # the resident agent carries no parser
    import argparse

log = logging.getLogger("rollcall.agent")

DISK_REST_SECONDS = 5.0


def configure_once(parser: "argparse.ArgumentParser") -> None:
    """The arguments of `once`."""
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to wait for the collector's word (30)")


def run(_args: object, settings: AgentSettings) -> int:
    """Live on the device until told to stop."""
    waking = Waking(settings.sign_of_life, this_system().let_go)
    waking.start()
    live_on(settings, waking)
    return 0


def live_on(settings: AgentSettings, waking: Waking) -> None:
    """The same, until this sleep is ended, which is closed then; where the disk takes nothing, wait until it does."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    said = ""
    try:
        while not waking.is_stopping:
            try:
                _stay(settings, waking)
                break
            except DiskError as error:
                if str(error) != said:
                    said = str(error)
                    log.error("disk.awaited reason=%s", error)  # noqa: TRY400  # the text is for a technician
            waking.pause(DISK_REST_SECONDS)
    finally:
        waking.stop()


def once(args: "argparse.Namespace", settings: AgentSettings) -> int:
    """Look once, deliver what waits, and leave; 1 where the collector did not take it all in time."""
    system, waking = this_system(), Waking()
    waking.start()
    with system.hold(settings.state.path):
        identity = stand(settings.state, settings.preparation, system, system.host(), lambda _seconds: False)
        if identity is None:
            print("the collector is not there: try again later", file=sys.stderr)
            return 1
        outbox = Outbox(settings.state.outbox_file)
        outbox.start()
        try:
            waiting = _deliver(settings, identity, outbox, waking, args.seconds)
        finally:
            outbox.stop()
            waking.stop()
    print("everything is kept by the collector" if not waiting else f"{waiting} reports wait for the collector")
    return 1 if waiting else 0


def _stay(settings: AgentSettings, waking: Waking) -> None:
    system = this_system()
    with system.hold(settings.state.path):
        identity = stand(settings.state, settings.preparation, system, system.host(), waking.pause)
        if identity is not None:
            _live(settings, identity, waking)


def _live(settings: AgentSettings, identity: Identity, waking: Waking) -> None:
    outbox = Outbox(settings.state.outbox_file)
    outbox.start()
    residence = _residence(settings, identity, outbox)
    courier = _courier(settings, identity, residence)
    try:
        live(residence, courier, waking)
        residence.finish(residence.system.moment(), is_system_stopping=waking.is_system_stopping)
    finally:
        courier.stop()
        outbox.stop()


def _deliver(settings: AgentSettings, identity: Identity, outbox: Outbox, waking: Waking, seconds: float) -> int:
    residence = _residence(settings, identity, outbox)
    courier = _courier(settings, identity, residence)
    now = residence.system.moment()
    residence.start(now, is_visit=True)
    residence.look(now)
    until = time.monotonic() + seconds
    courier.start(time.monotonic())
    due = courier.step(time.monotonic(), now.now)
    while outbox.waiting() and time.monotonic() < until and not waking.is_stopping:
        waking.wait(courier.socket(), min(due, until) - time.monotonic(), wants_write=courier.wants_write())
        due = courier.step(time.monotonic(), residence.system.moment().now)
    residence.finish(residence.system.moment())
    courier.stop("sleeping")
    return outbox.waiting()


def _residence(settings: AgentSettings, identity: Identity, outbox: Outbox) -> Residence:
    assert identity.device_id is not None, "a device's state folder holds a device's identity"
    system = this_system()
    return Residence(
        device_id=identity.device_id,
        system=system,
        outbox=outbox,
        host=system.host(outbox.recall),
        lookout=Lookout(system.sources),
        random=SystemRandom(),
        is_supervised=settings.is_supervised,
        settings=settings_heard(outbox, identity),
    )


def _courier(settings: AgentSettings, identity: Identity, residence: Residence) -> Courier:
    return Courier(
        outbox=residence.outbox,
        broker=Broker(
            host=identity.broker_host,
            port=identity.broker_port,
            ca_file=None if identity.ca_pem is None else settings.state.ca_pem_file,
        ),
        credentials=Credentials(publisher=identity.publisher, password=identity.password),
        random=residence.random,
        on_settings=residence.follow,
        hours=residence.settings.school_hours,
    )
