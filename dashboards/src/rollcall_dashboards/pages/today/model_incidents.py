"""Names what struck a whole model at once, so that no single device answers for an update."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from rollcall_collector.store.kept.day_counts import DayCount
from rollcall_dashboards.pages.today.attention import Need
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_day, say_number

NAMED_DAYS = 30
"""What ended longer ago is no news."""
DEVICES_MIN = 5
SHARE_MIN = 0.2
RATIO_MIN = 3.0
_LETTER = "V"  # a version, as a rule; M means missing on the same page
_DEEDS = {
    "crash": "%(devices)s devices crashed %(incidents)s times %(when)s where %(usual)s are usual",
    "update": "on %(devices)s devices %(incidents)s updates failed %(when)s where %(usual)s are usual",
}
_DEED = "%(devices)s devices had %(incidents)s incidents %(when)s where %(usual)s are usual"


def struck_models(
    shocks: Iterable[Mapping[str, Any]], recent: Sequence[DayCount], before: Sequence[DayCount], *, today: date
) -> list[Need]:
    """One line a model: as the last judging named it, else as the newest days show it."""
    named: dict[str, Need] = {}
    for one in sorted(shocks, key=lambda one: -int(one["incidents"])):
        if one["model"] and date.fromisoformat(one["until_on"]) > today - timedelta(days=NAMED_DAYS):
            named.setdefault(one["model"], _named(one, today))
    return [*named.values(), *(need for model, need in _newest(recent, before).items() if model not in named)]


def _named(one: Mapping[str, Any], today: date) -> Need:
    model, version = one["model"], one["version"]
    deed = translate(
        _DEEDS.get(one["channel"], _DEED),
        devices=one["devices"],
        incidents=one["incidents"],
        when=_when(date.fromisoformat(one["from_on"]), date.fromisoformat(one["until_on"]), today),
        usual=say_number(round(one["usual"], 1)) if one["usual"] else translate("none"),
    )
    if version:
        sentence = translate("Version %(version)s broke %(model)s: %(deed)s", version=version, model=model, deed=deed)
    else:
        sentence = translate("Something struck %(model)s: %(deed)s", model=model, deed=deed)
    return Need(
        rank=2,
        tone="bad",
        letter=_LETTER,
        sentence=sentence,
        detail=translate("Not charged to the devices. Hold the update back, or look at what changed then."),
        step=translate("See the devices"),
        href=f"/devices?{urlencode({'model': model})}",
    )


def _newest(recent: Sequence[DayCount], before: Sequence[DayCount]) -> dict[str, Need]:
    """Models of which many fail now that did not before: a bad update, not bad devices.

    A model counts when in the recent days at least 5 of its device-days and a fifth of them were hurt, three times
    the share before. What caused it is not known here, so it is not said.
    """
    usual = _by_model(before)
    needs = {}
    for model, (active, hurt) in _by_model(recent).items():
        had, was_hurt = usual.get(model, (0, 0))
        share, share_before = hurt / active, was_hurt / had if had else 0.0
        if not had or hurt < DEVICES_MIN or share < SHARE_MIN or share < RATIO_MIN * share_before:
            continue
        needs[model] = Need(
            rank=2,
            tone="bad",
            letter=_LETTER,
            sentence=translate(
                "%(model)s: failures on %(share).0f %% of its days since yesterday", model=model, share=100 * share
            ),
            detail=translate(
                "Before it was %(before).1f %%. A whole model at once points to an update or a setting, not to "
                "single devices.",
                before=100 * share_before,
            ),
            step=translate("See the devices"),
            href=f"/devices?{urlencode({'model': model})}",
        )
    return needs


def _when(from_on: date, until_on: date, today: date) -> str:
    if until_on > today:
        return translate("since %(day)s", day=say_day(from_on, today=today))
    last = say_day(until_on - timedelta(days=1), today=today)
    return translate("between %(first)s and %(last)s", first=say_day(from_on, today=today), last=last)


def _by_model(days: Sequence[DayCount]) -> dict[str, tuple[int, int]]:
    counted: dict[str, tuple[int, int]] = {}
    for day in days:
        if day.model is not None:
            active, hurt = counted.get(day.model, (0, 0))
            counted[day.model] = (active + day.active, hurt + day.hurt)
    return counted
