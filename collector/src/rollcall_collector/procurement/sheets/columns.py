"""The tables of a plan as plain cells, for spreadsheets, paper and programs alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from rollcall_collector.model.plan import FleetPlan, PlanRow
from rollcall_collector.procurement.wording import is_unknown, say_heading, say_state, say_step, say_why

Cell = str | float | int | date | None
Kind = Literal["text", "long", "count", "money", "minutes", "share", "day"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetColumn:
    """A heading, with the unit of its numbers, and how its cells are to be shown."""

    heading: str
    kind: Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanSheet:
    """One table: its name, what to say when it is empty, its columns and its rows."""

    name: str
    empty: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]


_ROW: tuple[tuple[str, Kind, Callable[[PlanRow], Cell]], ...] = (
    ("what to do", "text", say_step),
    ("device", "text", lambda row: row.device.name),
    ("serial number", "text", lambda row: row.device.serial_number),
    ("model", "text", lambda row: row.device.model),
    ("site", "text", lambda row: row.device.site),
    ("cart", "text", lambda row: row.device.cart),
    ("cost", "money", lambda row: row.cost),
    ("cost of a lesson hour", "money", lambda row: row.cost_per_hour),
    ("worth the money", "text", lambda row: "yes" if row.is_worth else "no"),
    ("lesson minutes a year", "minutes", lambda row: None if is_unknown(row) else row.minutes_yearly),
    ("lesson minutes in all", "minutes", lambda row: None if is_unknown(row) else row.minutes),
    ("likely worse than its peers", "share", lambda row: row.probability),
    ("decided", "text", say_state),
    ("flag", "count", lambda row: row.flag or None),
    ("bought", "day", lambda row: row.device.purchased_on),
    ("support until", "day", lambda row: row.device.support_until),
    ("why", "long", say_why),
)
ROW_COLUMNS = tuple(SheetColumn(heading=heading, kind=kind) for heading, kind, _ in _ROW)


def cells(row: PlanRow) -> tuple[Cell, ...]:
    """A plan's row in the order of ROW_COLUMNS."""
    return tuple(read(row) for _, _, read in _ROW)


def sheets(plan: FleetPlan) -> tuple[PlanSheet, ...]:
    """The five tables of a plan: Plan, Outside, Refresh, Compare, Outlook; amounts with the currency above them."""
    found = (
        _of_rows("Plan", (*plan.claims, *plan.chosen), "Nothing to buy, to repair or to claim."),
        _of_rows("Outside", (*plan.outside, *plan.unpriced), "Nothing that asks for it is left outside."),
        _of_rows("Refresh", plan.refreshes, "No device's support ends within a year."),
        _compare(plan),
        _outlook(plan),
    )
    return tuple(replace(sheet, columns=_with_currency(sheet.columns, plan.currency)) for sheet in found)


def _with_currency(columns: Iterable[SheetColumn], currency: str) -> tuple[SheetColumn, ...]:
    return tuple(
        replace(one, heading=say_heading(one.heading, currency)) if one.kind == "money" else one for one in columns
    )


def _of_rows(name: str, rows: Iterable[PlanRow], empty: str) -> PlanSheet:
    return PlanSheet(name=name, empty=empty, columns=ROW_COLUMNS, rows=tuple(cells(row) for row in rows))


def _compare(plan: FleetPlan) -> PlanSheet:
    return PlanSheet(
        name="Compare",
        empty="Not compared: prices are missing, or sites have floors or caps.",
        columns=(
            SheetColumn(heading="the same money spent as", kind="text"),
            SheetColumn(heading="devices", kind="count"),
            SheetColumn(heading="cost", kind="money"),
            SheetColumn(heading="lesson minutes in all", kind="minutes"),
        ),
        rows=tuple((one.name, one.devices, one.cost, one.minutes) for one in plan.comparisons),
    )


def _outlook(plan: FleetPlan) -> PlanSheet:
    return PlanSheet(
        name="Outlook",
        empty="Nothing falls due in the next five years.",
        columns=(
            SheetColumn(heading="year", kind="text"),
            SheetColumn(heading="support ends, devices", kind="count"),
            SheetColumn(heading="planned life ends, devices", kind="count"),
            SheetColumn(heading="cost", kind="money"),
            SheetColumn(heading="devices without a price", kind="count"),
        ),
        rows=tuple((str(one.year), one.support_ends, one.life_ends, one.cost, one.unpriced) for one in plan.outlook),
    )
