"""Finds out who this device is to the collector: its identity, enrolled anew where the disk was copied to another."""

import logging
from collections.abc import Callable
from pathlib import Path

from rollcall_agent.config import AgentSettings, forget_identity, forget_reports, load_identity, save_identity
from rollcall_agent.enrollment import Identity, enroll
from rollcall_agent.errors import ConfigError, EnrollmentError, NotEnrolledError
from rollcall_agent.outbox import Outbox
from rollcall_agent.sources.linux import hardware, inventory
from rollcall_agent.sources.linux.inventory import tell
from rollcall_agent.sources.source import Host, Moment, Past, nothing_remembered
from rollcall_wire import Inventory, Settings
from rollcall_wire.encoding import decode_settings, encode

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
    settings: AgentSettings, host: Host, moment: Moment, *, url: str, token: str, ca_file: Path | None
) -> Identity:
    """Enroll and keep the identity; reports of another one, if any wait, are thrown away."""
    identity = enroll(
        url,
        token=token,
        hardware={one.basis: one.hardware_id for one in hardware.read(host)},
        inventory=_inventory(host, moment),
        ca_file=ca_file,
    )
    before = _known(settings)
    if before is None or before.device_id != identity.device_id:
        forget_reports(settings)
    save_identity(settings, identity)
    log.info("device.enrolled device_id=%s url=%s", identity.device_id, url)
    return identity


def stand(settings: AgentSettings, host: Host, moment: Moment, wait: Callable[[float], bool]) -> Identity | None:
    """This device's identity; enrolled now where that was prepared, again and again until the collector is there.

    `wait` pauses so many seconds and is false when the agent is to stop: then there is no identity. Raises
    NotEnrolledError, CopiedDiskError, EnrollmentError or ConfigError.
    """
    identity = load_identity(settings)
    is_copy = identity is not None and not hardware.is_same_device(host, identity.hardware)
    if identity is not None and not is_copy:
        return identity
    if settings.url is None or settings.token is None:
        raise CopiedDiskError if is_copy else NotEnrolledError
    if is_copy:
        log.warning("identity.discarded reason=copied_disk")
        forget_identity(settings)
    tries = 0
    while True:
        try:
            return join(settings, host, moment, url=settings.url, token=settings.token, ca_file=settings.ca_file)
        except OSError as error:
            log.warning("enrollment.postponed reason=%s", error)
        if not wait(ENROLL_RETRY_SECONDS[min(tries, len(ENROLL_RETRY_SECONDS) - 1)]):
            return None
        tries += 1


def settings_heard(outbox: Outbox, identity: Identity | None) -> Settings:
    """What the collector last asked of this device; else what it said at enrollment; else the defaults."""
    heard = outbox.recall("settings")
    try:
        if heard is not None:
            return decode_settings(heard.encode())
        return decode_settings(encode(dict(identity.settings))) if identity else Settings()
    except (ValueError, LookupError, TypeError, AttributeError):
        return Settings()


def _known(settings: AgentSettings) -> Identity | None:
    try:
        return load_identity(settings)
    except ConfigError:
        return None


def _inventory(host: Host, moment: Moment) -> Inventory:
    past = Past(moment=moment, boot_id=hardware.boot_id(host), recall=nothing_remembered)
    found = tell(inventory.read(host), past).inventory
    if found is None:
        raise EnrollmentError("this device tells nothing of itself: run as root")
    return found
