"""What a new word adds to an iPad's record, and what is then to be told: pure, in whatever order words come."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rollcall_agent.bridges.nanomdm.record import Record
from rollcall_agent.bridges.nanomdm.status import StatusReport
from rollcall_agent.bridges.nanomdm.words import Word
from rollcall_agent.bridges.storage_room import nearly_full
from rollcall_agent.enrollment.known_devices import BridgedDevice
from rollcall_wire import Failure, Vitals
from rollcall_wire.codes import Evidence

HEARD_EVERY = timedelta(minutes=30)
"""That an iPad was heard is told so often at most, where nothing else is."""
STUCK_AFTER = timedelta(days=14)
"""A version that waits for longer is stuck."""
STUCK_DAYS = 10
"""If it was heard to wait on so many days: over the holidays nobody gives it power and time."""
SILENT_AFTER_RESTART = timedelta(hours=4)
"""Who was not heard for so long after a restart did not come back by itself."""
Bodies = tuple[Failure | Vitals, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """What a word changes: the record after it, and what there is to tell. `is_heard`: at least that it was heard."""

    record: Record
    bodies: Bodies = ()
    is_heard: bool = False


def fold(record: Record, word: Word, *, is_asked: bool = False) -> Folded:
    """Take a word in. `is_asked`: it answers a command of this bridge."""
    was_known, before = record.is_known, record
    record, bodies = _take(record, word, is_asked=is_asked)
    record = replace(record, heard_at=_later(record.heard_at, word.at))
    if record.restarted_at is not None and word.at > record.restarted_at:
        # While it installs it speaks on, and may restart at any time after.
        restarted_at = word.at if record.install_state == "installing" else None
        record = replace(record, restarted_at=restarted_at, is_missed=False)
    if not record.is_known:
        return Folded(record=record)
    if not was_known and not any(isinstance(one, Vitals) for one in bodies) and record.vitals is not None:
        bodies = (*bodies, record.vitals)  # it was told before anybody knew of whom
    is_due = before.told_at is None or word.at - before.told_at >= HEARD_EVERY or record.device != _device(before)
    is_heard = bool(bodies) or is_due
    return Folded(
        record=replace(record, told_at=_later(record.told_at, word.at)) if is_heard else record,
        bodies=bodies,
        is_heard=is_heard,
    )


def miss(record: Record, now: datetime) -> Folded | None:
    """What is to be told of an iPad only because time went by; None where nothing is."""
    since = record.restarted_at
    if since is None or record.is_missed or not record.is_known or now - since < SILENT_AFTER_RESTART:
        return None
    return Folded(record=replace(record, is_missed=True), bodies=(_failure("restart_no_return", since),))


def _take(record: Record, word: Word, *, is_asked: bool) -> tuple[Record, Bodies]:
    if word.kind == "authenticate":
        return _enroll(record, word)
    if word.kind == "check_out":
        left = replace(record, left_at=_later(record.left_at, word.at))
        return left, () if left.is_enrolled else (_failure("unenrolled", word.at),)
    if word.kind == "status" and word.report is not None:
        return _report(_identify(record, word), word.report, word.at)
    if word.kind == "connect":
        return _answer(_identify(record, word), word, is_asked=is_asked)
    return record, ()


def _enroll(record: Record, word: Word) -> tuple[Record, Bodies]:
    """A device that enrolls though it is known was wiped, or restored."""
    is_again = record.enrolled_at is not None and word.at > record.enrolled_at
    enrolled = replace(_identify(record, word), enrolled_at=_later(record.enrolled_at, word.at))
    return enrolled, (_failure("re_enrolled", word.at),) if is_again else ()


def _identify(record: Record, word: Word) -> Record:
    """What it is, by its newest word; what that leaves out stays as it was."""
    told = {
        name: value
        for name in ("serial_number", "product", "os_version", "storage_bytes")
        if (value := getattr(word, name)) is not None
    }
    if not told or (record.identity_at is not None and word.at < record.identity_at):
        return record
    return replace(record, identity_at=word.at, **told)


def _answer(record: Record, word: Word, *, is_asked: bool) -> tuple[Record, Bodies]:
    if word.answered == "Acknowledged" and word.is_restart:
        return replace(record, restarted_at=word.at, is_missed=False), (_failure("restarted", word.at),)
    if word.answered == "Error" and is_asked:
        evidence: dict[Evidence, float] = {"delta": float(record.answered)}
        if word.error_code is not None:
            evidence["value"] = word.error_code
        return replace(record, answered=0), (_failure("command_failed", word.at, evidence),)
    if word.answered != "Acknowledged":
        return record, ()
    answered = record.answered + is_asked
    is_newer = record.read_at is None or word.at > record.read_at
    if not is_newer or (word.level_percent is None and word.storage_free_bytes is None):
        return replace(record, answered=answered), ()
    full = nearly_full(word.storage_free_bytes, record.storage_bytes, word.at)
    is_first_today = _is_next_day(record.read_at, word.at)
    record = replace(
        record,
        answered=answered,
        read_at=word.at,
        level_percent=word.level_percent,
        storage_free_bytes=word.storage_free_bytes,
    )
    assert record.vitals is not None
    return record, (record.vitals,) if full is None or not is_first_today else (record.vitals, full)


def _report(record: Record, report: StatusReport, at: datetime) -> tuple[Record, Bodies]:
    """Every change for the worse is told once: a report that came late changes nothing."""
    if record.status_at is not None and at < record.status_at:
        return record, ()
    bodies = tuple(_worsened(record, report, at))
    pending = report.pending_version if report.pending_version is not None else record.pending_version
    is_waiting_still = pending is not None and pending == record.pending_version
    is_installing = report.install_state == "installing" and record.install_state != "installing"
    record = replace(
        record,
        status_at=at,
        battery_health=report.battery_health or record.battery_health,
        components={**record.components, **report.components},
        install_state=report.install_state or record.install_state,
        failures=record.failures if report.failures is None else report.failures,
        pending_version=pending,
        pending_since_at=record.pending_since_at if is_waiting_still else at,
        pending_days=record.pending_days + _is_next_day(record.status_at, at) if is_waiting_still else 1,
        restarted_at=at if is_installing else record.restarted_at,
        is_missed=record.is_missed and not is_installing,
    )
    if is_installing:
        bodies = (*bodies, _failure("restarted", at))
    since = record.pending_since_at
    is_stuck = since is not None and at - since >= STUCK_AFTER and record.pending_days >= STUCK_DAYS
    if pending and pending != record.stuck_version and since is not None and is_stuck:
        record = replace(record, stuck_version=pending)
        bodies = (*bodies, _failure("update_stuck", at, {"seconds": (at - since).total_seconds()}))
    return record, bodies


def _worsened(record: Record, report: StatusReport, at: datetime) -> Iterator[Failure]:
    health = report.battery_health
    if health != record.battery_health and health in {"service-recommended", "non-genuine"}:
        yield Failure(channel="battery", code=health.replace("-", "_"), occurred_at=at)
    for name, is_failed in report.components.items():
        if is_failed and not record.components.get(name):
            yield Failure(channel="hardware", code=name, occurred_at=at)
    if report.failures is not None and record.failures is not None and report.failures > record.failures:
        yield _update_failed(report.failures - record.failures, at)
    elif report.install_state == "failed" != record.install_state:
        yield _update_failed(1, at)  # a first look at the count is only a beginning, but this stands by itself


def _is_next_day(before: datetime | None, at: datetime) -> bool:
    return before is None or before.date() != at.date()


def _update_failed(count: int, at: datetime) -> Failure:
    return Failure(channel="update", code="update_failed", occurred_at=at, count=min(count, 2**31))


def _failure(code: str, at: datetime, evidence: dict[Evidence, float] | None = None) -> Failure:
    return Failure(channel="management", code=code, occurred_at=at, evidence=evidence or {})


def _device(record: Record) -> BridgedDevice | None:
    return record.device if record.is_known else None


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one
