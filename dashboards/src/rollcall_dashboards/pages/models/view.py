"""What should we buy again? Models as intervals of incidents in a school year, and their start-up side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.judge.models.advice import say_struck
from rollcall_collector.judge.models.rates import shown_rate
from rollcall_collector.judging.models import Models, read_report, shocks_of
from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.hardware import Advice, BatchReport, LifeRecord, ModelReport, Standing, StartFigures
from rollcall_collector.sheets.csv_cells import as_file
from rollcall_collector.store.devices import list_devices
from rollcall_dashboards.pages.models import start_plot
from rollcall_dashboards.pages.models.csv import write_csv
from rollcall_dashboards.pages.models.rate_plot import Scale, axis, draw, in_a_school_year
from rollcall_dashboards.shared.badges import Face
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import say_platform

router = APIRouter(include_in_schema=False)
ADVICE: dict[Advice, Face] = {
    "buy_again": Face(letter="+", tone="good", word="Buy again"),
    "no_difference": Face(letter="=", tone="quiet", word="No difference shown"),
    "nothing_to_compare": Face(letter="1", tone="quiet", word="Nothing to compare with"),
    "ask_the_vendor": Face(letter="Y", tone="bad", word="Ask the vendor"),
    "insufficient": Face(letter="?", tone="quiet", word="Not enough evidence"),
}
STANDINGS: dict[Standing, Face | None] = {
    "below": Face(letter="↓", tone="good", word="below its other batches"),
    "above": Face(letter="↑", tone="bad", word="above its other batches"),
    "no_difference": None,
    "insufficient": None,
}
_CALLED = frozenset({"buy_again", "ask_the_vendor", "below", "above"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """One purchase year of a model, drawn beside the rate of its other batches."""

    report: BatchReport
    face: Face | None
    drawn: Markup


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One model: its report, how its advice looks, its interval, what struck it, its batches."""

    report: ModelReport
    face: Face
    drawn: Markup
    struck: tuple[str, ...]
    batches: tuple[Batch, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The models of one platform: only they are compared with each other."""

    platform: str
    name: str
    rate: float | None
    lines: tuple[Line, ...]
    axis: Markup


@dataclass(frozen=True, kw_only=True, slots=True)
class Starts:
    """The start-ups of a platform's models: pictures from 0 to `most` seconds with a line every `step`."""

    name: str
    most: float
    step: float
    span: tuple[str, ...]
    pictures: tuple[tuple[str, StartFigures, Markup], ...]


@router.get("/models")
def show_models(request: Request, services: Given, person: MaySeeDevices) -> HTMLResponse:
    """Every model of the last judging, by platform."""
    with services.engine.connect() as connection:
        found = read_report(connection, person.scope)
        devices = 0 if found.models else list_devices(connection, person.scope, DeviceQuery(page_size=1)).total
    measured = {one.model for one, _ in _measured(found.models)}
    values = {
        "title": title(found),
        "found": found,
        "has_devices": devices > 0,
        "groups": _groups(found),
        "starts": _starts(found),
        "in_a_school_year": in_a_school_year,
        "shown_rate": shown_rate,
        "unmeasured": sorted({one.model for one in found.models} - measured),
    }
    return show(request, "models/models.html", values)


@router.get("/models.csv")
def export_models(services: Given, person: MaySeeDevices) -> Response:
    """Every model and each of its purchase years, one a row."""
    with services.engine.connect() as connection:
        found = read_report(connection, person.scope)
    return Response(
        as_file(write_csv(found.models)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="models.csv"'},
    )


def title(found: Models) -> str:
    """The answer, or why there is none yet."""
    count = {advice: sum(one.advice == advice for one in found.models) for advice in ADVICE}
    again, ask = count["buy_again"], count["ask_the_vendor"]
    if again or ask:
        buy = translate_count("%(num)s model to buy again", "%(num)s models to buy again", again)
        if not ask:
            return buy
        return translate("%(buy)s, %(ask)s to ask the vendor about", buy=buy, ask=ask)
    if not found.models:
        return translate("No model has been reported on yet")
    if count["no_difference"]:
        return translate("No difference shown between %(num)s models", num=count["no_difference"])
    if count["nothing_to_compare"]:
        return translate("No second model to compare with yet")
    return translate("Too little is known yet to say what to buy again")


def _groups(found: Models) -> list[Group]:
    platforms = dict.fromkeys(one.platform for one in found.models)
    lines = [one.platform_rate for one in found.models]
    lines += [_line_of(one) for one in found.models]
    lines += [_line_of(batch) for one in found.models for batch in one.batches]
    scale = Scale.fit(_drawn_records(found), lines)
    groups = []
    for platform in platforms:
        own = [one for one in found.models if one.platform == platform]
        rate = next((one.platform_rate for one in own if one.platform_rate is not None), None)
        is_drawn = any(shown_rate(one.record) is not None for one in own)
        groups.append(
            Group(
                platform=platform,
                name=say_platform(platform),
                rate=rate,
                lines=tuple(_line(one, found, scale) for one in own),
                axis=axis(scale) if is_drawn else Markup(""),
            )
        )
    return groups


def _drawn_records(found: Models) -> Iterator[LifeRecord]:
    for one in found.models:
        yield one.record
        yield from (batch.record for batch in one.batches)


def _line(one: ModelReport, found: Models, scale: Scale) -> Line:
    return Line(
        report=one,
        face=ADVICE[one.advice],
        drawn=draw(one.model, one.record, scale, _line_of(one), is_called=one.advice in _CALLED),
        struck=tuple(say_struck(shock) for shock in shocks_of(found, one)),
        batches=tuple(
            Batch(
                report=batch,
                face=STANDINGS[batch.standing],
                drawn=draw(
                    f"{one.model} {batch.purchase_year or ''}",
                    batch.record,
                    scale,
                    _line_of(batch),
                    is_called=batch.standing in _CALLED,
                ),
            )
            for batch in one.batches
        ),
    )


def _line_of(one: ModelReport | BatchReport) -> float | None:
    """The rate of the others, beside which a model or a batch is drawn."""
    return None if one.beside is None else one.beside.others_rate


def _starts(found: Models) -> list[Starts]:
    """One group of pictures a platform: a Chromebook beside a desktop would be a flat line at the bottom."""
    months = start_plot.months_of([starts for _, starts in _measured(found.models)])
    groups = []
    for platform in sorted({one.platform for one, _ in _measured(found.models)}):
        own = sorted(
            ((one, starts) for one, starts in _measured(found.models) if one.platform == platform),
            key=lambda pair: pair[0].model,
        )
        most = start_plot.top([starts for _, starts in own])
        groups.append(
            Starts(
                name=say_platform(platform),
                most=most,
                step=start_plot.step_of(most),
                span=tuple(start_plot.month_name(on) for on in (months[0], months[-1])),
                pictures=tuple(
                    (one.model, starts, start_plot.draw(one.model, starts, months, most)) for one, starts in own
                ),
            )
        )
    return groups


def _measured(models: Sequence[ModelReport]) -> list[tuple[ModelReport, StartFigures]]:
    """The models of which at least one month of starts was measured."""
    return [(one, one.record.starts) for one in models if one.record.starts is not None and one.record.starts.months]
