"""Every finding there is, in the order in which they are looked for; a new one is one file and one line here."""

from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.findings.rule import Rule, Subject
from rollcall_collector.judge.findings.unreliable import PART_OF, UNRELIABLE
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.part import Part
from rollcall_collector.model.reading import Reading

_FILES = (
    "failing_disk",
    "growing_disk_errors",
    "worn_battery",
    "battery_replace_now",
    "disk_errors",
    "unreliable",
    "slow_start",
    "slow_since_day_one",
    "battery_outlook",
    "support_end",
    "managed.battery_not_normal",
    "managed.component_error",
    "managed.updates_failing",
    "managed.storage_low",
    "managed.command_errors",
    "managed.pushes_unanswered",
    "managed.enrolled_again",
    "managed.restart_no_return",
    "managed.contact_gap",
    "missing",
)
RULES: tuple[Rule, ...] = tuple(import_module(f"rollcall_collector.judge.findings.{name}").RULE for name in _FILES)
"""Every rule, by the name of its file."""
_BY_NAME = {rule.name: rule for rule in RULES}
_CALENDAR = tuple(rule for rule in RULES if rule.needs.is_calendar)


def find(subject: Subject, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """Every finding that stands, each rule given only the facts it needs."""
    given: dict[tuple[object, ...], Subject] = {}
    failed = {failure.channel for failure in subject.facts.failures}
    found = []
    for rule in rules:
        has_days = bool(rule.needs.readings) and bool(subject.facts.days)
        if rule.is_immediate and not has_days and failed.isdisjoint(rule.needs.channels):
            continue  # of most devices most kinds of failure are unknown
        wanted = rule.needs.channels, bool(rule.needs.readings), rule.needs.among is not None
        if wanted not in given:  # many rules want the same, and a device is asked by twenty of them
            given[wanted] = _given(rule, subject)
        found.append(rule.find(given[wanted]))
    return tuple(finding for finding in found if finding is not None)


def without_repeats(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings without those that another says better: a dying disk is not named twice."""
    said = {topic for finding in findings for topic in _BY_NAME[finding.finding].says_better}

    def topic_of(finding: Finding) -> str:
        return str(finding.evidence.get("channel")) if finding.finding == UNRELIABLE else finding.finding

    return tuple(finding for finding in findings if topic_of(finding) not in said)


def part_of(finding: Finding) -> Part | None:
    """The part that a finding speaks against; None where it is the device as a whole."""
    if finding.finding == UNRELIABLE:
        return PART_OF.get(str(finding.evidence.get("channel")))
    return _BY_NAME[finding.finding].part if finding.finding in _BY_NAME else None


def title_of(finding: str) -> str:
    """What a finding is called; one that is not known any more, by its own word."""
    return _BY_NAME[finding].title if finding in _BY_NAME else finding.replace("_", " ")


def immediate() -> tuple[Rule, ...]:
    """The rules that are looked at within a minute of a failure."""
    return tuple(rule for rule in RULES if rule.is_immediate)


def wanted_channels(rules: Iterable[Rule] = RULES) -> tuple[str, ...]:
    """The kinds of failure that any rule looks at."""
    return tuple(dict.fromkeys(channel for rule in rules for channel in rule.needs.channels))


def reading() -> tuple[Rule, ...]:
    """The rules that look at the readings of days."""
    return tuple(rule for rule in RULES if rule.needs.readings)


def wanted_readings() -> tuple[Reading, ...]:
    """The readings that any rule looks at."""
    return tuple(dict.fromkeys(reading for rule in RULES for reading in rule.needs.readings))


def judged_by(judged: WholeJudgement) -> dict[str, Bools]:
    """Of which devices in service the fleet's judging may have something to say, by the rule that says it."""
    return {
        rule.name: rule.needs.among(judged) & judged.arrays.in_service
        for rule in RULES
        if rule.needs.among is not None
    }


def is_due(subject: Subject) -> bool:
    """Whether the calendar or its papers alone say something of a device; its facts are its exposure alone."""
    return any(rule.find(subject) is not None for rule in _CALENDAR)


def _given(rule: Rule, subject: Subject) -> Subject:
    needs = rule.needs
    facts = replace(
        subject.facts,
        failures=tuple(failure for failure in subject.facts.failures if failure.channel in needs.channels),
        days=subject.facts.days if needs.readings else (),
    )
    return replace(subject, facts=facts, fleet=subject.fleet if needs.among is not None else None)
