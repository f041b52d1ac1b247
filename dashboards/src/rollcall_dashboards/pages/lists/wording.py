"""What the Import page says of a list: its title, its bad lines with a way out on the page, and what was done."""

from collections.abc import Mapping
from dataclasses import replace

from rollcall_collector.model.roster import Problem, RosterChanges
from rollcall_dashboards.shared.i18n import translate, translate_count

_ON_THE_PAGE = {
    "say --dates day-first or --dates month-first": "say below which comes first",
    "say --site NAME": "name the site below",
    "Name one of these with --map": "The headings are",
    " (--skip-bad)": "",
}
"""What the command line calls an option stands on the page itself."""


def say_title(changes: RosterChanges | None, has_rows: bool) -> str:  # noqa: FBT001  # one of two sentences
    """The page's answer."""
    if changes is None or not has_rows:
        return translate("This list cannot be kept as it is")
    if not changes.total:
        return translate("This list changes nothing")
    added = translate_count("%(num)s new device", "%(num)s new devices", changes.added)
    changed = translate_count("%(num)s changed", "%(num)s changed", changes.changed)
    return translate("This list brings %(added)s, %(changed)s", added=added, changed=changed)


def say_problem(problem: Problem) -> Problem:
    """The problem with the way out as the page offers it."""
    way_out = problem.way_out
    for option, place in _ON_THE_PAGE.items():
        way_out = way_out.replace(option, translate(place))
    if "--map" in way_out:
        way_out = translate("Say below which of the columns is meant, or leave one out")
    return replace(problem, way_out=way_out)


def say_result(asked: Mapping[str, str]) -> str | None:
    """What the import before this page did; None where there was none."""
    numbers = [asked.get(name, "") for name in ("added", "changed", "unchanged")]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        return None
    added, changed, unchanged = (int(number[:7]) for number in numbers)
    if asked.get("undone"):
        back = "Taken back: %(num)s device is as it was", "Taken back: %(num)s devices are as they were"
        return translate_count(*back, changed + added)
    devices = translate_count("%(num)s device", "%(num)s devices", added)
    said = "Kept: %(devices)s added, %(changed)s changed, %(unchanged)s unchanged"
    return translate(said, devices=devices, changed=changed, unchanged=unchanged)
