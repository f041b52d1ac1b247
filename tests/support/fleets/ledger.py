"""Writes a fleet's history by hand, device by device, for tests that know every figure in it."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rollcall_collector.judge.arrays import DAY_US
from rollcall_collector.model.fleet import (
    UNKNOWN,
    DeviceColumns,
    FailureColumns,
    FleetHistory,
    MonthColumns,
    StartColumns,
)
from rollcall_wire.codes import CHANNELS, Channel

UNTIL = 20_454
"""1 January 2026: the first day that is not read."""
WINDOW_DAYS, BIN_DAYS = 730, 30
_NAN = float("nan")


@dataclass(kw_only=True)
class Ledger:
    """Rows as they are written; `history()` hands them over in the order in which a store gives them."""

    devices: list[tuple[Any, ...]] = field(default_factory=list)
    months: list[tuple[Any, ...]] = field(default_factory=list)
    failures: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    starts: list[tuple[int, int, float, int, int]] = field(default_factory=list)

    def add(
        self,
        count: int,
        *,
        platform: str = "windows",
        model: str = "A",
        year: int = UNKNOWN,
        enrolled_on: int = UNKNOWN,
        retired_on: int = UNKNOWN,
    ) -> list[int]:
        """So many devices alike; their places."""
        first = len(self.devices)
        for place in range(first, first + count):
            self.devices.append((place + 1, platform, model, "pupil", year, enrolled_on, retired_on))
        return list(range(first, first + count))

    def use(self, places: Iterable[int], bins: Iterable[int], *, days: int = 20, health: float = _NAN) -> None:
        """Days in use in each of these months (0 is the last), from the first day of each to its last."""
        bins = tuple(bins)
        for place in places:
            for one in bins:
                last = UNTIL - 1 - one * BIN_DAYS
                full_wh = 50 * health
                self.months.append((place, one, days, last - BIN_DAYS + 1, last, health, full_wh, _NAN))

    def fail(self, place: int, ages: Iterable[int], channel: Channel = "hardware") -> None:
        """A failure so many days before the first day that is not read."""
        code = CHANNELS.index(channel)
        self.failures += [(place, code, UNTIL - age, (UNTIL - age) * DAY_US + DAY_US // 2, 1) for age in ages]

    def start(self, places: Iterable[int], ages: Iterable[int], seconds: float) -> None:
        """Full starts so many days before the first day that is not read."""
        ages = tuple(ages)
        for place in places:
            self.starts += [(place, UNTIL - age, seconds, UNKNOWN, 0) for age in ages]

    def history(self) -> FleetHistory:
        """The whole as the judge reads it."""
        devices = _columns(DeviceColumns, "qsssqqq", self.devices, site=())
        months = _columns(
            MonthColumns, "qqqqqddd", sorted(self.months, key=lambda row: row[:2]), awake_hours=array("d")
        )
        failures = _columns(FailureColumns, "qqqqq", sorted(self.failures))
        starts = _columns(StartColumns, "ihfhb", sorted(self.starts), versions=())
        return FleetHistory(
            until_day=UNTIL,
            window_days=WINDOW_DAYS,
            bin_days=BIN_DAYS,
            devices=devices,
            months=months,
            failures=failures,
            starts=starts,
        )


def _columns(kind: Any, codes: str, rows: list[Any], **more: Any) -> Any:
    names = [name for name in kind.__slots__ if name not in more]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    values = [
        tuple(column) if code == "s" else array(code, column) for code, column in zip(codes, columns, strict=True)
    ]
    return kind(**dict(zip(names, values, strict=True)), **more)
