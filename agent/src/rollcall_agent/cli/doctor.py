"""The verb that checks what the agent needs, and says the way out of whatever is wrong."""

import argparse
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress

from rollcall_agent.checks import Check, fault, lines_of
from rollcall_agent.config import AgentSettings
from rollcall_agent.courier.session import Accepted, Broker, Credentials, Refused
from rollcall_agent.courier.sign_in import try_sign_in
from rollcall_agent.enrollment import Identity
from rollcall_agent.errors import AgentError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.outbox import Outbox
from rollcall_agent.resident.look import Lookout
from rollcall_agent.sources import clock
from rollcall_agent.sources.registry import this_system
from rollcall_agent.sources.source import Past, nothing_remembered
from rollcall_agent.timetable import EVERYTHING

CONNECT_SECONDS = 5.0


def configure(_parser: argparse.ArgumentParser) -> None:
    """`doctor` has no arguments of its own."""


def run(_args: argparse.Namespace, settings: AgentSettings) -> int:
    """Check everything; 1 if something is wrong."""
    checks = list(_checks(settings.of_who_lives_here()))
    print("\n".join(lines_of(checks)))
    return 1 if any(check.is_fault for check in checks) else 0


def _checks(settings: AgentSettings) -> Iterator[Check]:
    yield _clock()
    identity, check = _identity(settings)
    yield check
    yield _outbox(settings)
    if identity is not None:
        broker = _broker(settings, identity)
        yield broker
        if not broker.is_fault:
            yield _sign_in(settings, identity)
    if settings.proxy_variable is not None:
        yield _proxy(settings.proxy_variable)
    yield from _permissions()


def _clock() -> Check:
    now = this_system().moment().now
    if clock.is_believable(now):
        return Check(subject="clock", says=f"{now:%Y-%m-%d %H:%M} UTC")
    return Check(
        subject="clock",
        says=f"it says {now:%Y-%m-%d}, which is before this agent was made: nothing is recorded",
        way_out="set the clock; if it forgets again, replace the clock battery",
        is_fault=True,
    )


def _identity(settings: AgentSettings) -> tuple[Identity | None, Check]:
    try:
        identity = settings.state.load()
    except AgentError as error:
        return None, fault("identity", "it cannot be read", str(error))
    if identity is None:
        return None, fault("identity", "this device is not enrolled", "run 'rollcall-agent enroll URL'")
    system = this_system()
    if not system.is_same_device(system.host(), identity.hardware):
        way_out = f"run 'rollcall-agent enroll {identity.url}' here"
        return None, fault("identity", "it was given to another device: this disk is a copy", way_out)
    says = f"{identity.device_id}, from {identity.url}; its state stands in {settings.state.path}"
    return identity, Check(subject="identity", says=says)


def _outbox(settings: AgentSettings) -> Check:
    if not settings.state.has_outbox:
        return Check(subject="outbox", says=f"none yet; it will stand in {settings.state.path}")
    outbox = Outbox(settings.state.outbox_file)
    try:
        outbox.start()
        outbox.recall("run")
        return Check(subject="outbox", says=f"{outbox.waiting()} reports wait for the collector")
    except AgentError as error:
        return fault("outbox", "it cannot be used", str(error))
    finally:
        outbox.stop()


def _broker(settings: AgentSettings, identity: Identity) -> Check:
    where = f"{identity.broker_host}:{identity.broker_port}"
    try:
        with socket.create_connection((identity.broker_host, identity.broker_port), CONNECT_SECONDS) as connection:
            if identity.ca_pem is None:
                return Check(subject="broker", says=f"{where} answers")
            context = ssl.create_default_context(cafile=str(settings.state.ca_pem_file))
            with context.wrap_socket(connection, server_hostname=identity.broker_host) as private:
                return Check(subject="broker", says=f"{where} answers, {private.version()}, its certificate is good")
    except ssl.SSLError as error:
        way_out = "check this device's clock; else enroll again, to get the broker's present certificate"
        return fault("broker", f"{where} answers, but is not trusted: {_why(error)}", way_out)
    except OSError as error:
        way_out = "check the network, and that the broker runs"
        return fault("broker", f"{where} cannot be reached: {_why(error)}", way_out)


def _sign_in(settings: AgentSettings, identity: Identity) -> Check:
    ca_file = None if identity.ca_pem is None else settings.state.ca_pem_file
    broker = Broker(host=identity.broker_host, port=identity.broker_port, ca_file=ca_file)
    try:
        answer = try_sign_in(broker, Credentials(publisher=identity.publisher, password=identity.password))
    except (OSError, AgentError) as error:
        return fault("sign-in", f"the broker did not answer: {error}", "check that it is Rollcall's broker")
    match answer:
        case Accepted():
            return Check(subject="sign-in", says=f"the broker lets {identity.publisher} in")
        case Refused(has_wrong_credentials=True):
            way_out = (
                f"stop the agent, then: rollcall-agent enroll {identity.url} --again --state {settings.state.path}"
            )
            says = "the broker refuses this device's password: it was enrolled again from elsewhere, or revoked"
            return fault("sign-in", says, way_out)
        case _:
            return fault("sign-in", f"the broker does not let it in: {answer.reason}", "look into the broker's log")


def _why(error: OSError) -> str:
    return explain_error(error, now=this_system().moment().now)


def _proxy(variable: str) -> Check:
    return Check(
        subject="proxy",
        says=f"{variable} is set; the agent uses none, neither to enroll nor to deliver: MQTT goes through no proxy",
        way_out="let this device reach the collector and its broker directly",
    )


def _permissions() -> Iterator[Check]:
    system = this_system()
    host = system.host()
    past = Past(moment=system.moment(), boot_id=system.boot_id(host), recall=nothing_remembered)
    lookout = Lookout(system.sources)
    with suppress(AgentError):
        lookout.look(host, past, EVERYTHING)
    working = [name for name, works in lookout.works.items() if works]
    yield Check(subject="sources", says=f"{', '.join(working)} tell; the others have nothing to tell here")
    for lacks in lookout.missing.values():
        for lack in lacks:
            yield Check(subject="not read", says=lack, way_out="mend it, or live without: it is told as unknown")
