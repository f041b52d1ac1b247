"""All rules together: what a quiet device is spared, what a repair has spent, and what need not be said twice."""

from datetime import timedelta

import pytest

from rollcall_collector.judge.findings import registry
from rollcall_collector.judge.findings.rule import Rule, Subject
from rollcall_wire.codes import CODES
from tests.support.fleets.subjects import TODAY, battery, day, failure, found, settled, subject

SPENT = ("failing_disk", "growing_disk_errors", "worn_battery", "battery_replace_now")


def test_a_quiet_device_is_not_named() -> None:
    quiet = subject(*(day(ago, battery_full_wh=45.0, battery_design_wh=50.0, media_errors=0) for ago in range(60)))

    assert found(quiet, *registry.RULES) == {}


@pytest.mark.parametrize("name", SPENT)
def test_evidence_up_to_the_day_of_the_repair_is_spent(name: str) -> None:
    facts = subject(
        failure("storage", "smart_failing", 9),
        failure("storage", "media_errors", 9, delta=3, value=17),
        failure("battery", "replace_now", 9),
        *(battery(ago, 50) for ago in range(9, 15)),
    )

    before = set(found(facts, *registry.RULES))
    repaired = set(found(settled(facts, **{name: 9}), *registry.RULES))
    again = set(found(settled(facts, **{name: 20}), *registry.RULES))

    assert before == set(SPENT)
    assert repaired == before - {name}
    assert again == before


def test_what_a_failing_disk_says_is_not_said_again() -> None:
    both = subject(failure("storage", "smart_failing", 5), day(5, media_errors=3))

    named = registry.find(both)

    assert [finding.finding for finding in named] == ["failing_disk", "disk_errors"]
    assert [finding.finding for finding in registry.without_repeats(named)] == ["failing_disk"]


@pytest.mark.parametrize("rule", registry.RULES, ids=lambda rule: rule.name)
def test_a_rule_is_given_no_facts_that_it_does_not_need(rule: Rule) -> None:
    told = subject(
        *(failure(channel, "any", 3) for channel in CODES),
        day(3, media_errors=1),
        warranty_until=TODAY + timedelta(days=9),
    )
    seen: list[Subject] = []
    spy = Rule(
        name=rule.name,
        title=rule.title,
        part=rule.part,
        needs=rule.needs,
        verdict=rule.verdict,
        find=seen.append,
    )

    registry.find(told, (spy,))

    (given,) = seen
    assert {one.channel for one in given.facts.failures} <= set(rule.needs.channels)
    assert bool(given.facts.days) == bool(rule.needs.readings)
    assert given.fleet is None


@pytest.mark.parametrize("rule", registry.immediate(), ids=lambda rule: rule.name)
def test_a_rule_is_not_asked_of_a_device_that_told_nothing_it_needs(rule: Rule) -> None:
    other = next(channel for channel in CODES if channel not in rule.needs.channels)
    told_nothing = subject(failure(other, "any", 3))
    seen: list[Subject] = []
    spy = Rule(
        name=rule.name,
        title=rule.title,
        part=rule.part,
        needs=rule.needs,
        verdict=rule.verdict,
        find=seen.append,
    )

    registry.find(told_nothing, (spy,))

    assert seen == []
    assert rule.find(told_nothing) is None
