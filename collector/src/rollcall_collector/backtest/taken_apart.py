"""Says what a judging took apart: faults that come again, schools, kinds, hours; and what it could not look at."""

import numpy as np

from rollcall_collector.backtest.unit_records import Records
from rollcall_collector.judge.failures.channel import ChannelJudgement
from rollcall_collector.judge.failures.reliability import FleetJudgement
from rollcall_collector.model.judgement import ANY

_USUAL_GAP_DAYS = 3
_LOUD = 1.25


def take_apart(judged: FleetJudgement, records: Records) -> tuple[str, ...]:
    """One sentence each, of all failures together."""
    whole = judged.channels.get(ANY) or next(iter(judged.channels.values()))
    return _say_bursts(whole), _say_sites(whole, records), _say_kinds(judged, whole), _say_hours(whole, records)


def _say_bursts(whole: ChannelJudgement) -> str:
    gap, count = whole.gap_days, int(whole.observed.sum())
    if gap <= _USUAL_GAP_DAYS:
        return (
            "Bursts: this record does not show that faults come again until they are mended; whatever lies "
            f"{max(gap, 1)} days apart counts, {count:,} incidents."
        )
    return (
        f"Bursts: faults come again here until they are mended, so a unit must have been quiet for {gap} days before "
        f"another incident counts: {count:,} are left."
    )


def _say_sites(whole: ChannelJudgement, records: Records) -> str:
    if whole.sites is None or records.site is None:
        return "Sites: not looked at; give the units a column 'site': one that reports more looks like bad units."
    units = np.bincount(records.site)
    sizes = units > 0
    times, sites = whole.sites.times[: len(units)][sizes], int(sizes.sum())
    if sites == 1:
        return "Sites: there is one only, so nothing can be told of what a site does."
    most, least = float(times.max()), float(times.min())
    if max(most, 1 / least) < _LOUD:
        return f"Sites: the {sites} sites fail about alike; nothing was taken out for them."
    return (
        f"Sites: among {sites} sites units fail {least:.1f} to {most:.1f} times as often as elsewhere; that "
        "is taken out, and charged to no unit."
    )


def _say_kinds(judged: FleetJudgement, whole: ChannelJudgement) -> str:
    kinds = {name: int(one.observed.sum()) for name, one in judged.channels.items() if name != ANY}
    if len(kinds) == 1:
        return "Kinds: not looked at; give the failures a column 'kind', and one trouble told as two kinds is one."
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(kinds.items(), key=lambda item: -item[1]))
    return (
        f"Kinds: {told}; those of one unit within days of each other are one trouble, so together they are "
        f"{int(whole.observed.sum()):,}."
    )


def _say_hours(whole: ChannelJudgement, records: Records) -> str:
    if records.hours is None:
        return "Hours: not looked at; give the units a column 'hours' (of use on a day of use), or the busy look bad."
    told, weighed = np.isfinite(records.hours), whole.compared_with.is_by_hours
    share = float(told.mean())
    if not weighed.any():
        return f"Hours: told of {share:.0%} of the units; their failures do not depend on them, so days count alike."
    return (
        f"Hours: told of {share:.0%} of the units, and who is longer in use fails more: for {int(weighed.sum()):,} "
        "units a day counts for over a quarter more or less than a usual one."
    )
