"""The end of support is a date to plan for."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rollcall_collector.judge.findings import battery_replace_now, failing_disk, growing_disk_errors, worn_battery
from rollcall_collector.judge.findings.papers import Papers, advise, route
from rollcall_collector.judge.findings.rule import Rule, Subject
from rollcall_collector.judge.findings.support_end import find_support_end
from rollcall_collector.store.instants import to_day
from tests.support.fleets.subjects import TODAY as JUDGED_ON
from tests.support.fleets.subjects import battery, day, failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT

TODAY = date(2025, 3, 3)  # a Monday
PLAIN = Papers(today=TODAY)
LAST_YEAR = Papers(today=TODAY, support_until=date(2025, 10, 14))


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        school.live(number, school_days(90))
    school.know([SUSPECT], support_until=to_day(NIGHT + timedelta(days=100)))


def test_the_end_of_support_is_a_date_and_not_a_fault() -> None:
    soon = find_support_end(LAST_YEAR)
    over = find_support_end(Papers(today=TODAY, support_until=date(2024, 6, 1)))

    assert soon is not None
    assert over is not None
    assert soon.verdict == "refresh"
    assert "ends on 14 Oct 2025" in soon.sentence
    assert "ended on 1 Jun 2024" in over.sentence
    assert find_support_end(Papers(today=TODAY, support_until=date(2027, 6, 1))) is None
    assert find_support_end(PLAIN) is None


def test_no_part_is_changed_in_a_device_whose_support_is_over() -> None:
    over = Papers(today=TODAY, support_until=date(2024, 6, 1))

    assert [route("repair", papers) for papers in (over, LAST_YEAR, PLAIN)] == ["refresh", "repair", "repair"]
    assert advise("refresh", None, over) == "Let it go with the next refresh, its support has ended: "


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (worn_battery.RULE, subject(*(battery(ago, 40) for ago in (1, 3, 6)))),
        (battery_replace_now.RULE, subject(failure("battery", "replace_now", 3))),
        (failing_disk.RULE, subject(failure("storage", "smart_failing", 3))),
        (growing_disk_errors.RULE, subject(*(day(ago, pending_sectors=900 - 100 * ago) for ago in range(9)))),
    ],
    ids=lambda given: given.name if isinstance(given, Rule) else "",
)
def test_what_ails_a_device_out_of_support_lets_it_go_with_the_refresh(rule: Rule, given: Subject) -> None:
    over = replace(given.papers, support_until=JUDGED_ON - timedelta(days=300))
    in_warranty = replace(over, warranty_until=JUDGED_ON + timedelta(days=30))

    supported, gone, owed = (
        found(replace(given, papers=papers), rule)[rule.name] for papers in (given.papers, over, in_warranty)
    )

    assert (supported.verdict, gone.verdict, owed.verdict) == ("repair", "refresh", "claim")
    assert supported.sentence.startswith("Replace the ")
    assert gone.sentence.startswith("Let it go with the next refresh, its support has ended: ")
    assert owed.sentence.endswith("claim it from the vendor.")
