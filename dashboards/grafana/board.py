"""What a dashboard is made of, and how it becomes Grafana's JSON."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from grafana_foundation_sdk.builders import bargauge, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import TimeZoneBrowser
from grafana_foundation_sdk.models.dashboard import DataSourceRef, VariableRefresh
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="rollcall")
"""By this name the provisioning files make the data source."""
WIDTH, HEIGHT = 12, 9
SITE = '{site=~"$site"}'
DEVICES = "last_over_time(inventory_devices" + SITE + "[2d])"
"""Every device in use is told once a day, with its model."""
MODEL_OF_DEVICE = f"on (device) group_left (model) topk by (device) (1, {DEVICES})"
"""Gives a device's number its model; one that was corrected or moved meanwhile has one all the same."""

Shape = Literal["number", "line", "table", "bars"]
_BUILDERS: dict[Shape, Any] = {
    "number": stat.Panel,
    "line": timeseries.Panel,
    "table": table.Panel,
    "bars": bargauge.Panel,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """One question in PromQL; `legend` names its series by their labels."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One picture; `help` says what it means and what to do about it. `unit` is Grafana's word."""

    title: str
    help: str
    shape: Shape
    queries: tuple[Query, ...]
    unit: str = "short"


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """One dashboard; its file is `<name>.json`."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    has_sites: bool = True


def write_board(board: Board) -> str:
    """The dashboard as Grafana's JSON."""
    built = (
        dashboard.Dashboard(f"Rollcall: {board.title}")
        .uid(f"rollcall-{board.name}")
        .tags(["rollcall"])
        .refresh("5m")
        .time("now-30d" if board.has_sites else "now-24h", "now")
        .timezone(TimeZoneBrowser)
    )
    if board.has_sites:
        sites = dashboard.QueryVariable("site").label("Site").datasource(SOURCE).multi(True).include_all(True)  # noqa: FBT003  # the library's form
        built = built.with_variable(
            sites.all_value(".*")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .query("label_values(inventory_devices, site)")
        )
    for panel in board.panels:
        built = built.with_panel(_build(panel))
    tidied = _tidy(json.loads(JSONEncoder(sort_keys=True).encode(built.build())))
    return json.dumps(tidied, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _build(panel: Panel) -> Any:
    builder = _BUILDERS[panel.shape]()
    builder = builder.title(panel.title).description(panel.help).datasource(SOURCE).unit(panel.unit)
    builder = builder.span(WIDTH).height(HEIGHT)
    for place, query in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(query.expr).ref_id(chr(ord("A") + place)).legend_format(query.legend)
        if panel.shape == "table":
            target = target.instant().format(PromQueryFormat.TABLE)
        elif panel.shape != "line":
            target = target.instant()
        builder = builder.with_target(target)
    return builder


def _tidy(value: Any) -> Any:
    """Without what the library writes for nothing: Grafana's own types forbid `"options": null`."""
    match value:
        case dict():
            return {
                name: {} if one is None else _tidy(one)
                for name, one in value.items()
                if one is not None or name == "options"
            }
        case list():
            return [_tidy(one) for one in value]
        case _:
            return value
