"""The verb that checks what the agent needs, and says the way out of whatever is wrong."""

import argparse
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from rollcall_agent.config import AgentSettings, load_identity
from rollcall_agent.enrollment import Identity
from rollcall_agent.errors import AgentError
from rollcall_agent.outbox import Outbox
from rollcall_agent.resident.clocks import moment
from rollcall_agent.resident.look import Lookout
from rollcall_agent.sources import clock
from rollcall_agent.sources.linux import hardware
from rollcall_agent.sources.registry import for_system
from rollcall_agent.sources.source import Host, Past, nothing_remembered
from rollcall_agent.timetable import EVERYTHING

CONNECT_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was checked. `way_out` is empty where it is well; a missing permission is a remark, no fault."""

    subject: str
    says: str
    way_out: str = ""
    is_fault: bool = False


def configure(_parser: argparse.ArgumentParser) -> None:
    """`doctor` has no arguments of its own."""


def run(_args: argparse.Namespace, settings: AgentSettings) -> int:
    """Check everything; 1 if something is wrong."""
    findings = list(_checks(settings))
    for one in findings:
        print(f"{'WRONG' if one.is_fault else 'note ' if one.way_out else 'ok   '}  {one.subject}: {one.says}")
        if one.way_out:
            print(f"       -> {one.way_out}")
    return 1 if any(one.is_fault for one in findings) else 0


def _checks(settings: AgentSettings) -> Iterator[Finding]:
    yield _clock()
    identity, finding = _identity(settings)
    yield finding
    yield _outbox(settings)
    if identity is not None:
        yield _broker(settings, identity)
    yield from _permissions()


def _clock() -> Finding:
    now = moment().now
    if clock.is_believable(now):
        return Finding(subject="clock", says=f"{now:%Y-%m-%d %H:%M} UTC")
    return Finding(
        subject="clock",
        says=f"it says {now:%Y-%m-%d}, which is before this agent was made: nothing is recorded",
        way_out="set the clock; if it forgets again, replace the clock battery",
        is_fault=True,
    )


def _identity(settings: AgentSettings) -> tuple[Identity | None, Finding]:
    try:
        identity = load_identity(settings)
    except AgentError as error:
        return None, _fault("identity", "it cannot be read", str(error))
    if identity is None:
        return None, _fault("identity", "this device is not enrolled", "run 'rollcall-agent enroll URL'")
    if not hardware.is_same_device(Host(), identity.hardware):
        way_out = f"run 'rollcall-agent enroll {identity.url}' here"
        return None, _fault("identity", "it was given to another device: this disk is a copy", way_out)
    return identity, Finding(subject="identity", says=f"{identity.device_id}, from {identity.url}")


def _outbox(settings: AgentSettings) -> Finding:
    if not settings.outbox_file.exists():
        return Finding(subject="outbox", says=f"none yet; it will stand in {settings.state}")
    outbox = Outbox(settings.outbox_file)
    try:
        outbox.start()
        outbox.recall("run")
        return Finding(subject="outbox", says=f"{outbox.waiting()} reports wait for the collector")
    except AgentError as error:
        return _fault("outbox", "it cannot be used", str(error))
    finally:
        outbox.stop()


def _broker(settings: AgentSettings, identity: Identity) -> Finding:
    where = f"{identity.broker_host}:{identity.broker_port}"
    try:
        with socket.create_connection((identity.broker_host, identity.broker_port), CONNECT_SECONDS) as connection:
            if identity.ca_pem is None:
                return Finding(subject="broker", says=f"{where} answers")
            context = ssl.create_default_context(cafile=str(settings.ca_pem_file))
            with context.wrap_socket(connection, server_hostname=identity.broker_host) as private:
                return Finding(subject="broker", says=f"{where} answers, {private.version()}, its certificate is good")
    except ssl.SSLError as error:
        way_out = "check this device's clock; else enroll again, to get the broker's present certificate"
        return _fault("broker", f"{where} answers, but is not trusted: {error}", way_out)
    except OSError as error:
        return _fault("broker", f"{where} cannot be reached: {error}", "check the network, and that the broker runs")


def _permissions() -> Iterator[Finding]:
    host = Host()
    past = Past(moment=moment(), boot_id=hardware.boot_id(host), recall=nothing_remembered)
    lookout = Lookout(for_system(sys.platform))
    with suppress(AgentError):
        lookout.look(host, past, EVERYTHING)
    working = [name for name, works in lookout.works.items() if works]
    yield Finding(subject="sources", says=f"{', '.join(working)} tell; the others have nothing to tell here")
    for lacks in lookout.missing.values():
        for lack in lacks:
            yield Finding(subject="permission", says=lack, way_out="grant it, or live without: it is told as unknown")


def _fault(subject: str, says: str, way_out: str) -> Finding:
    return Finding(subject=subject, says=says, way_out=way_out, is_fault=True)
