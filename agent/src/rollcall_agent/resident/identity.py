"""Finds out who this device is to the collector: its identity, enrolled anew where the disk was copied to another."""

import logging
from collections.abc import Callable
from pathlib import Path

from rollcall_agent.enrollment import Identity, Preparation, StateFolder, enroll
from rollcall_agent.errors import ConfigError, EnrollmentError, NotEnrolledError, PostponedError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.sources.source import Host
from rollcall_agent.sources.system import System

log = logging.getLogger("rollcall.identity")

ENROLL_RETRY_SECONDS = (5.0, 10.0, 30.0, 60.0, 300.0)


class CopiedDiskError(ConfigError):
    """The identity on this disk was given to another device."""

    def __init__(self) -> None:
        super().__init__(
            "this disk was copied from another device, whose identity it carries: "
            "run 'rollcall-agent enroll URL' here, or prepare images with ROLLCALL_AGENT_URL and ROLLCALL_AGENT_TOKEN"
        )


def join(
    state: StateFolder, system: System, host: Host, *, url: str, token: str, ca_file: Path | None = None
) -> Identity:
    """Enroll and keep the identity; reports of another one, if any wait, are thrown away.

    Raises EnrollmentError, also where the token is a bridge's: it would speak for devices and be none.
    """
    identity = enroll(
        url, token=token, hardware=system.hardware(host), inventory=system.inventory(host), ca_file=ca_file
    )
    if identity.device_id is None:
        raise EnrollmentError("this token is for a bridge: ask for one for devices")
    state.save(identity)
    log.info("device.enrolled device_id=%s url=%s", identity.device_id, url)
    return identity


def stand(
    state: StateFolder, preparation: Preparation, system: System, host: Host, wait: Callable[[float], bool]
) -> Identity | None:
    """This device's identity; enrolled now where that was prepared, again and again until the collector is there.

    `wait` pauses so many seconds and is false when the agent is to stop: then there is no identity. Raises
    NotEnrolledError, CopiedDiskError, EnrollmentError or ConfigError.
    """
    identity = state.load()
    is_copy = identity is not None and not system.is_same_device(host, identity.hardware)
    if identity is not None and not is_copy:
        return identity
    url, token = preparation.url, preparation.token
    if url is None or token is None:
        raise CopiedDiskError if is_copy else NotEnrolledError
    if is_copy:
        log.warning("identity.discarded reason=copied_disk")
        state.forget()
    tries = 0
    while True:
        try:
            return join(state, system, host, url=url, token=token, ca_file=preparation.ca_file)
        except PostponedError as error:
            log.warning("enrollment.postponed reason=%s", error)
        except OSError as error:
            log.warning("enrollment.postponed reason=%s", explain_error(error, now=system.moment().now))
        if not wait(ENROLL_RETRY_SECONDS[min(tries, len(ENROLL_RETRY_SECONDS) - 1)]):
            return None
        tries += 1
