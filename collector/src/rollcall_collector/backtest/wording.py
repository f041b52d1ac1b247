"""Says what a back-test found in sentences that somebody who buys devices can follow and repeat."""

from collections.abc import Sequence

from rollcall_collector.backtest.evaluate import SHARES, CutOutcome, ListOutcome
from rollcall_collector.backtest.report import MeanRow, Report, against_dice, day_of, means
from rollcall_collector.judge.forecast_record import say_past

_OURS, _OLDEST, _COUNT = "rollcall", "oldest first", "raw count"
WORST = 1
"""Of SHARES: the worst 5 % are what is talked about."""
RANKED_BY = {
    _OURS: "Rollcall's forecast",
    "ratio to peers": "Times its peers alone",
    _OLDEST: "Oldest first",
    _COUNT: "Most failures so far",
    "raw rate": "Most failures a year so far",
}


_THAT_IS = {
    "worse than throwing dice": ", so dice would have been the better choice",
    "no better than throwing dice": ", so dice would have done as well",
}


def say_title(report: Report) -> str:
    """The answer, not the question's name."""
    ours = _row(means(report.outcomes), _OURS).lift[WORST]
    if ours is None:
        return "What Rollcall would have said, and nothing to compare it with"
    return f"The worst {SHARES[WORST] * 100:g} % by Rollcall had {ours:.1f} times the failures of as many drawn by lot"


def say_how(report: Report) -> str:
    """What was done."""
    days = _listed([f"{day_of(one):%-d %B %Y}" for one in report.outcomes])
    ahead = sorted({one.horizon_days for one in report.outcomes})
    span = f"{ahead[0]}" if len(ahead) == 1 else f"{ahead[0]} to {ahead[-1]}"
    return (
        f"Every device was judged as of {days}, by nothing that was not known on that day. Then the {span} days that "
        "followed were looked at: which devices really failed?"
    )


def say_rankings(report: Report) -> list[str]:
    """How each way of choosing did, against chance and against each other."""
    rows = means(report.outcomes)
    told = [_say_ranking(rows, name) for name in (_OURS, _OLDEST, _COUNT)]
    return [one for one in (*told, *say_rivals(report)) if one]


def say_rivals(report: Report) -> list[str]:
    """Where counting does as well as the forecast, or better: whether that is more than luck, and what it lacks."""
    told = []
    for one in report.outcomes:
        count = next(ranking for ranking in one.rankings if ranking.name == _COUNT)
        if count.luck is None:
            continue
        least, most = count.luck
        at = f"{day_of(one):%-d %B %Y}"
        if least > 0:
            told.append(f"As of {at} counting past failures was better than the forecast by more than luck explains.")
        elif most >= 0:
            devices, share = one.few
            told.append(
                f"As of {at} the forecast and a plain count cannot be told apart: drawn anew from these devices, the "
                f"count's lift would lie between {least:+.1f} and {most:+.1f} of the forecast's. {devices} of "
                f"{one.devices:,} devices had {share:.0%} of all failures that followed; where these rank decides it."
            )
    if told:
        told.append(
            "A count names whoever failed, by bad luck or on a bad version too; most that failed once never "
            "fail again. It cannot say how many of its names are wrong, nor how many failures will come."
        )
    return told


def say_forecast(report: Report) -> str:
    """Whether as many failures came as were foretold."""
    rows = means(report.outcomes)
    ours, raw = _row(rows, _OURS).forecast_over_actual, _row(rows, "raw rate").forecast_over_actual
    if ours is None:
        return ""
    told = (
        f"For the worst {SHARES[WORST] * 100:g} % it foretold {100 * ours:.0f} failures for every 100 that came (100 "
        "would be perfect)."
    )
    if raw is None:
        return told
    return f"{told} Taking each device's past failures a year for its future would have foretold {100 * raw:.0f}."


def say_fleet_forecasts(report: Report) -> list[str]:
    """The whole fleet's level, date by date, and what its earlier forecasts would have been: a mean hides both."""
    found = [(day_of(one), one.fleet_over_actual) for one in report.outcomes if one.fleet_over_actual is not None]
    told = [
        f"As of {at:%-d %B %Y} {100 * ratio:.0f} failures of all devices were foretold for 100 that came."
        for at, ratio in found
    ]
    if len(found) > 1:
        ratios = [100 * ratio for _, ratio in found]
        told.append(
            f"By date the level of the whole fleet was {min(ratios):.0f} to {max(ratios):.0f} for 100 that came."
        )
    told += [f"Before {day_of(one):%-d %B %Y}: {say_past(one.past)}" for one in report.outcomes]
    return told


def say_apart(report: Report) -> list[str]:
    """What was taken apart and what could not be looked at; by date only where it is not the same on every date."""
    told: list[str] = []
    for sentences in zip(*(one.apart for one in report.outcomes), strict=True):
        if len(set(sentences)) == 1:
            told.append(sentences[0])
            continue
        told += [
            f"{sentence} (As of {day_of(one):%-d %B %Y}.)"
            for one, sentence in zip(report.outcomes, sentences, strict=True)
        ]
    return told


def say_list(outcome: CutOutcome, one: ListOutcome, *, verb: str, wrong: float) -> str:
    """What became of the devices on one list."""
    at = f"{day_of(outcome):%-d %B %Y}"
    if not outcome.is_enough:
        return f"On {at} there was not enough evidence to name anybody."
    if one.flagged == 0:
        return f"On {at} no device would have been named to {verb}."
    of_all = f"{one.flagged / outcome.devices:.1%} of all devices" if outcome.devices else "all devices"
    devices = "1 device" if one.flagged == 1 else f"{one.flagged} devices"
    return (
        f"On {at} it would have named {devices} to {verb} ({of_all}), with at most {wrong:.0%} of the names wrong. In "
        f"the {outcome.horizon_days} days that followed {one.failed_again:.0%} of them failed again, of all devices "
        f"{outcome.failed_share:.0%}. They failed {one.observed_over_expected:.1f} times as often as their peers "
        f"(judged beforehand: {one.ratio:.1f} times) and had {one.share_of_failures:.1%} of all failures."
    )


def _say_ranking(rows: Sequence[MeanRow], name: str) -> str:
    lift = _row(rows, name).lift[WORST]
    if lift is None:
        return ""
    who = {
        _OURS: "Rollcall's list",
        _OLDEST: "Replacing the oldest first",
        _COUNT: "Counting past failures",
    }[name]
    words = against_dice(lift)
    return (
        f"{who} would have found {lift:.1f} times as many of the failures that followed as throwing dice"
        f"{_THAT_IS.get(words, '')}."
    )


def _row(rows: Sequence[MeanRow], name: str) -> MeanRow:
    return next(row for row in rows if row.name == name)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
