"""How many names on the demo's lists are right, and how much of what is really wrong was found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rollcall_collector.cli.demo.truth_file import TrueDevice
from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.model.flag import Flag

LEAST_INCIDENTS = 2
"""A device with fewer is on no list, however bad it is."""
_FADING = "fading battery"
_FINDINGS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("failing disk", ("failing_disk", "growing_disk_errors"), ("failing_disk",)),
    ("slow start", ("slow_start",), ("slow_start",)),
    ("worn battery", ("worn_battery", "battery_replace_now"), ("worn_battery",)),
    (_FADING, ("battery_outlook",), ("fading_battery", "worn_battery")),
    ("missing", ("missing",), ("missing",)),
)
"""What it is called, the findings that say it, and the truths that make it right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One list against the truth: names, how many are right, how many should be found, how many were.

    `stated` is the share of wrong names that was promised, None where a published rule promises none. `is_forecast`
    where names are of devices of which it is only going to be true.
    """

    name: str
    named: int
    right: int
    true: int
    found: int
    stated: float | None = None
    is_forecast: bool = False

    @property
    def wrong_share(self) -> float | None:
        """Of the names; None without any, and where only the future can tell."""
        return 1 - self.right / self.named if self.named and not self.is_forecast else None

    @property
    def recall(self) -> float | None:
        """How much of what is true was found; None where nothing is."""
        return self.found / self.true if self.true else None


def score_lists(
    flags: Iterable[Flag], truth: Mapping[str, TrueDevice], *, replace: float, watch: float
) -> tuple[Score, ...]:
    """The two lists, each with its promise, then every finding that the simulator knows the truth of."""
    standing = [one for one in flags if one.device_id in truth]
    scores = []
    for name, listed, stated in (("to replace", "replace", replace), ("to watch", "watch", watch)):
        mine = [one for one in standing if one.finding == UNRELIABLE and one.evidence.get("listed") == listed]
        right = {one.device_id for one in mine if _is_right(one, truth[one.device_id])}
        found = {one for one in right if UNRELIABLE in truth[one].wrong}
        scores.append(
            Score(
                name=name,
                named=len(mine),
                right=len(right),
                true=sum(UNRELIABLE in one.wrong for one in truth.values()),
                found=len(found),
                stated=stated,
            )
        )
    for name, findings, truths in _FINDINGS:
        named = {one.device_id for one in standing if one.finding in findings}
        true = {one.device_id for one in truth.values() if not one.wrong.isdisjoint(truths)}
        both = len(named & true)
        is_forecast = name == _FADING
        scores.append(
            Score(name=name, named=len(named), right=both, true=len(true), found=both, is_forecast=is_forecast)
        )
    return tuple(scores)


def tell_scores(scores: Sequence[Score], truth: Mapping[str, TrueDevice]) -> list[str]:
    """The table, and how much could be found at all."""
    lines = [f"{'':16}{'named':>7}{'right':>7}{'wrong':>8}{'promised':>10}{'truly so':>10}{'found':>8}"]
    for one in scores:
        promised = "" if one.stated is None else f"{one.stated:.0%}"
        shares = f"{_share(one.wrong_share):>8}{promised:>10}{one.true:>10,}{_share(one.recall):>8}"
        lines.append(f"{one.name:16}{one.named:>7,}{one.right:>7,}{shares}")
    bad = [one for one in truth.values() if UNRELIABLE in one.wrong]
    seen = sum(one.own_incidents >= LEAST_INCIDENTS for one in bad)
    lines.append(
        f"Of the {len(bad):,} truly unreliable devices {seen:,} failed twice or more; nobody is named for less."
    )
    lines.append("A battery is called fading for the year ahead; truly so are those under 80 % already.")
    lines.append("So few names prove little: another --seed is another district.")
    return lines


def _is_right(flag: Flag, device: TrueDevice) -> bool:
    """Truly unreliable, or listed for a disk that truly dies."""
    is_disk = flag.evidence.get("channel") == "storage" and "failing_disk" in device.wrong
    return UNRELIABLE in device.wrong or is_disk


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
