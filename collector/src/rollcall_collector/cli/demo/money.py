"""What a plan would truly win back, reckoned with the rates that the make-believe devices were drawn with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from rollcall_collector.cli.demo.truth_file import TrueDevice
from rollcall_collector.judge.arrays import DAYS_A_YEAR
from rollcall_collector.model.plan import PlanQuestion, PlanRow
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.inputs import Fleet, read_fleet, read_whole
from rollcall_collector.procurement.lost_minutes import Record, win_by_new_battery
from rollcall_collector.procurement.minutes_table import MinutesTable
from rollcall_collector.procurement.plan import make_plan
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.proposals import Scales
from rollcall_collector.store.history.plan_inputs import Owned

_NEVER = float("inf")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What one way of choosing bought, and the lesson minutes that it truly wins back."""

    name: str
    devices: int
    cost: float
    minutes: float

    @property
    def per_thousand(self) -> float | None:
        """Minutes for each 1,000 of money; None where nothing was spent."""
        return 1000 * self.minutes / self.cost if self.cost else None


def spend(
    connection: Connection,
    truth: Mapping[str, TrueDevice],
    ids: Mapping[int, str],
    *,
    budget: float,
    settings: PlanSettings,
    now: datetime,
) -> tuple[Spent, ...]:
    """The plan for a budget, beside "oldest first" and "most failures first" for what it spends; `ids` by key.

    Claims are left out: they cost nothing. All three are reckoned alike: what a device truly loses above its model's
    usual, over the years it would still serve.
    """
    plan = make_plan(connection, Scope.all(), PlanQuestion(budget=budget), settings=settings, now=now)
    fleet = read_whole(connection, Scope.all(), read_fleet(connection, Scope.all(), now.date()))
    scales = Scales(fleet, settings)

    def true_of(key: int) -> "_Truly | None":
        device = truth.get(ids.get(key, ""))
        if device is None:
            return None
        return _Truly(device=device, record=fleet.record(fleet.owned[key]), table=settings.minutes)

    def won(key: int, row: PlanRow | None) -> float:
        truly = true_of(key)
        if truly is None:
            return 0.0
        yearly, once = truly.by(row)
        return yearly * scales.years(fleet.owned[key]) + once

    ours = [(row.device.device, row) for row in plan.chosen]
    cost, minutes = sum(row.cost or 0.0 for _, row in ours), sum(won(key, row) for key, row in ours)
    return (
        Spent(name="this plan", devices=len(ours), cost=cost, minutes=minutes),
        *(
            _in_order(name, fleet, scales, budget=cost, first=first, won=lambda key: won(key, None))
            for name, first in (("oldest first", _oldest), ("most failures first", _most_failures(fleet)))
        ),
    )


def tell_money(spent: Iterable[Spent], *, budget: float) -> list[str]:
    """The table, and what it says of the three."""
    lines = [
        f"Lesson minutes that a budget of {budget:,.0f} truly wins back over the years the devices would still serve:",
        f"{'':22}{'devices':>8}{'cost':>10}{'minutes':>10}{'for 1,000':>11}",
    ]
    for one in spent:
        worth = "-" if one.per_thousand is None else f"{one.per_thousand:,.0f}"
        lines.append(f"{one.name:22}{one.devices:>8,}{one.cost:>10,.0f}{one.minutes:>10,.0f}{worth:>11}")
    return lines


@dataclass(frozen=True, kw_only=True, slots=True)
class _Truly:
    """What is really lost to one device, by its true rates."""

    device: TrueDevice
    record: Record
    table: MinutesTable

    def by(self, row: PlanRow | None) -> tuple[float, float]:
        """Minutes a year, and once, won back by what a row of the plan does; None: by a new device."""
        parts = None if row is None or row.step == "replace" else frozenset((row.part or "").split(" and "))
        if parts is None:
            return self._failures() + self._waiting() + self._battery(), self._disk()
        yearly = self._failures("thermal") if "fan" in parts else 0.0
        yearly += self._battery() if "battery" in parts else 0.0
        yearly += self._waiting(is_cured_only=True) if "slow start" in parts else 0.0
        return yearly, self._disk() if "disk" in parts else 0.0

    def _failures(self, only: str | None = None) -> float:
        """Above the model's usual, as a new device has that too."""
        minutes = sum(
            rate * self.table.of(channel)
            for channel, rate in self.device.usual.items()
            if only is None or channel == only
        )
        return max(0.0, self.device.theta - 1) * minutes * self.record.active_share * DAYS_A_YEAR / 100

    def _waiting(self, *, is_cured_only: bool = False) -> float:
        starts = self.record.starts
        if starts is None or starts.model_seconds is None:
            return 0.0
        device = self.device
        longer = device.boot_factor * device.slow_factor - (device.boot_factor if is_cured_only else 1.0)
        return starts.starts_yearly * starts.model_seconds * max(0.0, longer) / 60

    def _battery(self) -> float:
        return win_by_new_battery(self.record, self.table).yearly if self.device.has_spent_battery else 0.0

    def _disk(self) -> float:
        return self.table.storage if "failing_disk" in self.device.wrong else 0.0


def _in_order(
    name: str,
    fleet: Fleet,
    scales: Scales,
    *,
    budget: float,
    first: Callable[[Owned], float],
    won: Callable[[int], float],
) -> Spent:
    """New devices in the place of whoever comes first, while the money lasts; who no longer fits is passed over."""
    left, bought = budget, []
    for one in sorted(fleet.owned.values(), key=lambda owned: (first(owned), owned.device)):
        price = scales.new_price(one)
        if price is not None and price <= left:
            left -= price
            bought.append(one.device)
    return Spent(name=name, devices=len(bought), cost=budget - left, minutes=sum(won(key) for key in bought))


def _oldest(owned: Owned) -> float:
    return _NEVER if owned.purchased_on is None else float(owned.purchased_on.toordinal())


def _most_failures(fleet: Fleet) -> Callable[[Owned], float]:
    return lambda owned: -float(fleet.count(owned))
