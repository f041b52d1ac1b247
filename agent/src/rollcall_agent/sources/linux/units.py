"""Counts the services that failed to start or broke: the number only, and never the agent's own."""

from dataclasses import dataclass

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Past, Source, Told

OWN = "rollcall-*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Units:
    """How many units have failed now; None without systemd or while it is still starting."""

    failed: int | None


def read(host: Host) -> Units:
    """Ask the service manager for one number, and take our own failed units away."""
    if not host.path("run/systemd/system").is_dir():
        return Units(failed=None)
    counted = host.run(("systemctl", "show", "-p", "NFailedUnits", "-p", "FinishTimestampMonotonic"))
    own = host.run(("systemctl", "show", OWN, "-p", "ActiveState"))
    return parse(counted.output if counted else "", own.output if own else "")


def parse(counted: str, own: str) -> Units:
    """The two answers of `systemctl show` as a number."""
    said = dict(line.partition("=")[::2] for line in counted.splitlines())
    failed = said.get("NFailedUnits", "")
    if not failed.isdecimal() or said.get("FinishTimestampMonotonic", "0") in {"", "0"}:
        return Units(failed=None)
    return Units(failed=max(0, int(failed) - own.splitlines().count("ActiveState=failed")))


def tell(units: Units, past: Past) -> Told:
    """A failure where more units have failed than ever in this start or the one before.

    A service that is broken at every start is one standing condition, not a failure a day.
    """
    if units.failed is None:
        return Told()
    text = past.recall("units")
    mark = marked(text)
    is_same_boot = mark.get("boot") == past.boot_id
    high = int(mark.get("high", 0))
    before = int(mark.get("before", 0)) if is_same_boot else high
    most = max(high, before) if text else units.failed
    grown = units.failed - most
    failure = past.failure(
        "crash", "service_failed", count=max(1, grown), evidence={"delta": grown, "value": units.failed}
    )
    reached = max(high, units.failed) if is_same_boot else units.failed
    return Told(
        failures=(failure,) if grown > 0 else (),
        mark=marking(boot=past.boot_id, high=reached, before=before),
        has_found=True,
    )


SOURCE = Source(name="units", rhythm="vitals", needs="systemd", read=read, tell=tell)
