"""Lays out what a back-test found as one page that needs nothing else: to be read, sent on or printed."""

from collections.abc import Iterable, Sequence
from html import escape

from rollcall_collector.backtest.chart import draw
from rollcall_collector.backtest.evaluate import SHARES
from rollcall_collector.backtest.report import MeanRow, Report, against_dice, day_of, figure, means
from rollcall_collector.backtest.wording import (
    RANKED_BY,
    WORST,
    say_apart,
    say_fleet_forecasts,
    say_forecast,
    say_how,
    say_list,
    say_rankings,
    say_title,
)

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #17202a; background: #fff; margin: 0 auto; max-width: 60rem;
  padding: 2rem 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .6rem; text-wrap: balance; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; }
p, li { max-width: 46rem; } .soft, caption, figcaption { color: #586573; font-size: .92rem; }
figure { margin: 1rem 0; overflow-x: auto; } svg { width: 100%; min-width: 40rem; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: #17202a; } svg .head { font-weight: 600; }
svg .label.ours { font-weight: 600; } svg .dice { fill: #586573; font-size: 12px; text-anchor: middle; }
rect.ours { fill: #1f52c4; } rect.bar { fill: #9ba7b3; } rect.is-worse { fill: url(#worse); }
rect.worse { fill: #fbe2df; } rect.stripe { fill: #b3261e; } line.chance { stroke: #17202a; stroke-dasharray: 4 3; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .4rem 0 1.4rem; }
caption { text-align: left; padding-bottom: .3rem; } th { font-weight: 600; font-size: .88rem; }
th, td { text-align: right; padding: .3rem .5rem; border-bottom: 1px solid #dde3e8; }
td { font-variant-numeric: tabular-nums; }
th:first-child, td:first-child, td:last-child, th:last-child { text-align: left; } tr.ours td { font-weight: 600; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } h2 { break-after: avoid; }
  figure, table, li { break-inside: avoid; } rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
_LIFT = (
    "A multiple of chance: of all failures that followed, how many the devices at the top of a list had, against as "
    "many devices drawn by lot. 1 is what throwing dice finds; 2 is twice as good; below 1 is worse than dice."
)
_PEERS = (
    "Peers are devices of the same model, purchase year and role, as far as the record names them; their failures are "
    "counted in the same months, so that a bad month of all is held against nobody."
)
_INCIDENTS = "Failures of one device less than {gap:g} hours apart are one incident. Retired devices count as peers."
_CAPTION = "Failures found at the top of each list, as a multiple of chance. Striped: worse than throwing dice."
_UNTOLD = "Nothing followed that a forecast could be held against."


def as_page(report: Report) -> str:
    """The whole page: no script, no foreign file."""
    rows, title = means(report.outcomes), escape(say_title(report))
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>',
        f"<h1>{title}</h1><p>{escape(say_how(report))}</p>",
        _items(say_rankings(report)),
        f"<figure>{draw(rows)}<figcaption>{_CAPTION}</figcaption></figure>",
        f"<h2>Did as many failures come as were foretold?</h2><p>{escape(say_forecast(report) or _UNTOLD)}</p>",
        _items(say_fleet_forecasts(report)),
        "<h2>What was taken apart, and what could not be looked at</h2>",
        _items(say_apart(report)),
        "<h2>What became of the devices it would have named</h2>",
        _items(_lists(report)),
        "<h2>All figures</h2>",
    ]
    if len(report.outcomes) > 1:
        parts.append(_table(rows, "Mean of all dates"))
    parts += [
        _table(
            means([one]),
            f"As of {day_of(one)}: {one.devices:,} devices; {one.failures:,} incidents followed in "
            f"{one.horizon_days} days, {one.failed_share:.0%} of devices had one",
        )
        for one in report.outcomes
    ]
    parts.append("<h2>How to read this</h2>")
    parts.append(_items((*report.notes, _LIFT, _PEERS, _INCIDENTS.format(gap=report.parameters.gap_hours))))
    return "\n".join([*parts, "</body></html>\n"])


def _lists(report: Report) -> list[str]:
    told = []
    for one in report.outcomes:
        told.append(say_list(one, one.replace, verb="replace", wrong=report.parameters.replace_fdr))
        if one.is_enough:
            told.append(say_list(one, one.watch, verb="watch", wrong=report.parameters.watch_fdr))
    return told


def _table(rows: Sequence[MeanRow], caption: str) -> str:
    head = "".join(f"<th>worst {share * 100:g} %</th>" for share in SHARES)
    body = []
    for row in rows:
        lifts = "".join(f"<td>{figure(lift)}</td>" for lift in row.lift)
        kind = ' class="ours"' if row.name == "rollcall" else ""
        body.append(
            f"<tr{kind}><td>{escape(RANKED_BY[row.name])}</td>{lifts}<td>{figure(row.forecast_over_actual)}</td>"
            f"<td>{row.young_share:.0%}</td><td>{against_dice(row.lift[WORST])}</td></tr>"
        )
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption><tr><th>ranked by</th>{head}'
        "<th>forecast over actual</th><th>newcomers in the worst 1 %</th><th></th></tr>"
        f"{''.join(body)}</table></div>"
    )


def _items(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>"
