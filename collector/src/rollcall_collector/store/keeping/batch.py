"""Adds up the reports of one batch in memory, so that the database is asked once a device and day, not once a report.

Every sum, highest and lowest here can be taken in any order: however reports arrive, the same day comes out. Only the
newest inventory and vitals depend on order, and their numbers settle it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, Protocol, TypeAlias

from rollcall_collector.model.fact import DAY_FIELDS
from rollcall_collector.store.instants import DAY_US, from_us, local_day, start_of_day_us, to_us
from rollcall_collector.store.keeping.checked import Checked, Noted, RefusedReport
from rollcall_collector.store.keeping.lines import (
    LASTING_FIELDS,
    PASSING_FIELDS,
    Reading,
    Record,
    Whose,
    boot_record,
    failure_record,
)
from rollcall_collector.store.keeping.parcel import readings_record
from rollcall_collector.store.keeping.watermark import Watermark
from rollcall_collector.store.publishers.registry import DeviceEntry, KnownPublisher
from rollcall_wire import Boot, Failure, Gap, Inventory, Report, SchoolHours, State, Vitals
from rollcall_wire.privacy import coarsen

MINUTE_US = 60_000_000
Newest: TypeAlias = tuple[int, Watermark, Report, int]
"""Of the newest report of a kind: its order, watermark, the report, and when it was recorded."""
Day: TypeAlias = list[Any]
"""One value a field of `DAY_FIELDS`, in their order: the row that the store merges into the day's."""

_EMPTY = tuple(one.empty for one in DAY_FIELDS)
_PLACES = {one.name: place for place, one in enumerate(DAY_FIELDS)}
_REPORTS, _BOOTS, _FAILURES = _PLACES["reports"], _PLACES["boots"], _PLACES["failures"]
_UNCLEAN, _LOGIN = _PLACES["unclean_stops"], _PLACES["to_login_seconds_max"]
_IS_HIGHEST = [one.roll_up.way == "highest" for one in DAY_FIELDS]
_IS_LOWEST = [one.roll_up.way == "lowest" for one in DAY_FIELDS]
_DAY_VITALS = {one.roll_up.vitals: place for place, one in enumerate(DAY_FIELDS) if one.roll_up.vitals}
_PASSING_PLACES, _LASTING_PLACES = (
    tuple(map(_DAY_VITALS.get, names[: 1 + max(names.index(one) for one in names if one in _DAY_VITALS)]))
    for names in (PASSING_FIELDS, LASTING_FIELDS)
)
_passing_of = attrgetter(*PASSING_FIELDS)
_lasting_of = attrgetter(*LASTING_FIELDS)


class WordsApart(Protocol):
    """Where a publisher's words about a device belong that others tell of too."""

    def of(self, publisher: KnownPublisher, device: int) -> "Batch | None":
        """The words of this publisher that are kept apart; None where nobody else tells of this device."""


class Batch:
    """What one transaction will write. `watermark` finds the settled numbers of a publisher's message.

    `apart` has a place for words about devices that several publishers tell of.
    """

    def __init__(
        self,
        *,
        now_us: int,
        has_mirror: bool,
        watermark: Callable[[int, Checked], Watermark],
        apart: "WordsApart | None" = None,
    ) -> None:
        self.now_us = now_us
        self.kept = 0
        self.repeated = 0
        self.delayed = 0
        self.delay_us = 0
        self.watermarks: dict[int, Watermark] = {}
        self.days: dict[tuple[int, int], Day] = {}
        self.boots: dict[tuple[int, str], tuple[Any, ...]] = {}
        self.failures: list[tuple[int, Watermark, int, Failure, int, int, bool]] = []
        self.gaps: list[tuple[Any, ...]] = []
        self.refusals: list[tuple[str, str | None, RefusedReport]] = []
        self.notes: list[tuple[str, str | None, Noted]] = []
        self.vitals: dict[int, Newest] = {}
        self.inventories: dict[int, Newest] = {}
        self.heard_publishers: dict[int, int] = {}
        self.states: list[tuple[int, State]] = []
        self.shared: dict[int, int] = {}
        self.records: list[Record] = []
        self._has_mirror = has_mirror
        self._readings: list[Reading] = []
        self._lasting: tuple[Any, ...] | None = None
        self._lasting_day: Day | None = None
        self._watermark = watermark
        self.apart = apart
        self._told: dict[int, int] = {}
        self._hours: dict[int, SchoolHours | None] = {}
        self._heard: dict[tuple[int, int], int] = {}  # by the identity of the hours, which live in the registry

    def add(self, publisher: KnownPublisher, checked: Checked) -> None:
        """Take in one message. What was settled before is left out."""
        self.heard_publishers[publisher.key] = self._heard_us(self.now_us, publisher.hours)
        mark = None if checked.epoch is None else self._mark(publisher.key, checked)
        for refused in checked.refused:
            if mark is None or refused.seq is None or mark.take(refused.seq):
                self.refusals.append((publisher.name, checked.epoch, refused))
        if mark is None:
            return
        before: DeviceEntry | None = None
        place = self
        for report, device, recorded_us, at_us in checked.accepted:
            if not mark.take(report.seq):
                self.repeated += 1
                continue
            self.kept += 1
            if checked.noted:
                self.notes += [(publisher.name, checked.epoch, one) for one in checked.noted if one.seq == report.seq]
            if device is not before:
                place.seal(before)
                before = device
                place = (self.apart and self.apart.of(publisher, device.key)) or self
            self.hear(report, device, recorded_us)
            place.add_report(report, device, mark, recorded_us, at_us)
        place.seal(before)

    def seal(self, device: DeviceEntry | None) -> None:
        """Pack the readings of this device that came one after the other: as values they would crowd the memory."""
        self._lasting = self._lasting_day = None
        if device is not None and self._readings:
            self.records.append(readings_record(_whose(device), self._readings))
            self._readings = []

    def add_state(self, publisher: KnownPublisher, state: State) -> None:
        """Take in what a publisher says of itself."""
        self.states.append((publisher.key, state))

    def add_shared(self, publisher: KnownPublisher) -> None:
        """Take in that two agents speak under this name in turn."""
        self.shared[publisher.key] = self._heard_us(self.now_us, publisher.hours)

    def refuse(self, name: str, refused: RefusedReport) -> None:
        """Set aside what somebody unknown sent."""
        self.refusals.append((name, None, refused))

    def count_boot(self, device: int, on: int, boot: Boot) -> None:
        """Count a start that the store had not yet."""
        day = self._day(device, on)
        day[_BOOTS] += 1
        day[_UNCLEAN] += boot.previous_stop == "unclean"
        if boot.to_login_seconds is not None and (day[_LOGIN] is None or boot.to_login_seconds > day[_LOGIN]):
            day[_LOGIN] = boot.to_login_seconds

    def add_report(self, report: Report, device: DeviceEntry, mark: Watermark, recorded_us: int, at_us: int) -> None:
        """Take in one report whose number is settled: when it was recorded, when what it tells happened."""
        body = report.body
        is_day_only = report.precision == "day"
        zone = device.hours.zone if device.hours else ""
        recorded_on = _day_of(recorded_us, zone, is_day_only)
        day = self._day(device.key, recorded_on)
        day[_REPORTS] += 1
        if isinstance(body, Vitals):
            self._add_vitals(body, day, report, recorded_us)
            _keep_newest(self.vitals, device.key, (mark.order, mark, report, recorded_us))
        elif isinstance(body, Boot):
            if mark.is_copy:  # what it remembers of the run before is of the time of the copy
                body = replace(body, previous_stop="unknown", stop_cause="unknown", stop_code=None)
            self._add_boot(body, device, at_us, is_day_only)
        elif isinstance(body, Failure):
            at_on = _day_of(at_us, zone, is_day_only)
            self._day(device.key, at_on)[_FAILURES] += body.count
            self.failures.append((device.key, mark, report.seq, body, at_us, at_on, is_day_only))
            if self._has_mirror:
                self.records.append(failure_record(_whose(device), body, at_us, report.seq, is_day_only=is_day_only))
        elif isinstance(body, Inventory):
            _keep_newest(self.inventories, device.key, (mark.order, mark, report, recorded_us))
        else:
            self._add_gap(body, device, mark)

    def heard_devices(self) -> dict[int, int]:
        """When each device was heard: its newest report's own instant, to the minute, to its day out of hours."""
        return {device: self._heard_us(us, self._hours[device]) for device, us in self._told.items()}

    def hear(self, report: Report, device: DeviceEntry, recorded_us: int) -> None:
        """Note when it spoke: when the report was recorded, for it may have waited long; never later than now."""
        us = min(recorded_us, self.now_us)
        if report.precision == "second":
            self.delayed += 1
            self.delay_us += self.now_us - us
        if us % DAY_US == 0 and report.precision == "day" and device.hours is not None:
            us = min(self.now_us, start_of_day_us(us // DAY_US, device.hours.zone))  # its publisher knew no zone
        if us > self._told.get(device.key, 0):
            self._told[device.key] = us
            self._hours[device.key] = device.hours

    def _add_vitals(self, vitals: Vitals, day: Day, report: Report, recorded_us: int) -> None:
        passing, lasting = _passing_of(vitals), _lasting_of(vitals)
        is_as_before = lasting == self._lasting
        _add_up(day, _PASSING_PLACES, passing)
        if not is_as_before or day is not self._lasting_day:  # the same highest and lowest again would change nothing
            _add_up(day, _LASTING_PLACES, lasting)
            self._lasting, self._lasting_day = lasting, day
        if self._has_mirror:
            changed = None if is_as_before else lasting
            self._readings.append((recorded_us, report.seq, report.precision == "day", passing, changed))

    def _add_boot(self, boot: Boot, device: DeviceEntry, at_us: int, is_day_only: bool) -> None:  # noqa: FBT001  # passed on
        on = _day_of(at_us, device.hours.zone if device.hours else "", is_day_only)
        self.boots.setdefault((device.key, boot.boot_id), (boot, at_us, on, is_day_only))
        if self._has_mirror:
            self.records.append(boot_record(_whose(device), boot, at_us, is_day_only=is_day_only))

    def _add_gap(self, gap: Gap, device: DeviceEntry, mark: Watermark) -> None:
        self.gaps.append((device.key, self.now_us, gap.first_seq, gap.last_seq, gap.count, gap.reason))
        is_whole = gap.count == gap.last_seq - gap.first_seq + 1
        if is_whole and gap.reason != "damaged":  # a damaged outbox's numbers were of another epoch
            mark.take_range(gap.first_seq, gap.last_seq)

    def _day(self, device: int, on: int) -> Day:
        found = self.days.get((device, on))
        if found is None:
            found = self.days[device, on] = list(_EMPTY)
        return found

    def _mark(self, publisher: int, checked: Checked) -> Watermark:
        mark = self._watermark(publisher, checked)
        self.watermarks[id(mark)] = mark
        return mark

    def _heard_us(self, us: int, hours: SchoolHours | None) -> int:
        key = (id(hours), us // MINUTE_US)
        found = self._heard.get(key)
        if found is None:
            found = self._heard[key] = to_us(coarsen(from_us(us), hours)) // MINUTE_US * MINUTE_US
        return found


def _whose(device: DeviceEntry) -> Whose:
    return device.device_id, device.site, device.platform


def _day_of(us: int, zone: str, is_day_only: bool) -> int:  # noqa: FBT001  # the report's own word, passed on
    # A publisher that knew no school hours rounds to the day in UTC: that day is meant, in whatever zone we are.
    if is_day_only and us % DAY_US == 0:
        return us // DAY_US
    return local_day(us, zone)


def _add_up(day: Day, places: Sequence[int | None], values: tuple[Any, ...]) -> None:
    for place, value in zip(places, values, strict=False):  # what no day adds up has no place
        if value is None or place is None:
            continue
        known = day[place]
        if known is None:
            day[place] = value
        elif _IS_HIGHEST[place]:
            if value > known:
                day[place] = value
        elif _IS_LOWEST[place]:
            if value < known:
                day[place] = value
        else:
            day[place] = known + value


def _keep_newest(newest: dict[int, Newest], device: int, found: Newest) -> None:
    known = newest.get(device)
    if known is None or (found[0], found[2].seq) > (known[0], known[2].seq):
        newest[device] = found
