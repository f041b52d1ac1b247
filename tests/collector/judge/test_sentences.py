"""Every sentence that the judge can say: it is said where its claim is true, and not where it is false."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from rollcall_collector import judge
from rollcall_collector.judge.findings.drive_rules import DriveCounters, judge_drive
from rollcall_collector.judge.findings.unreliable import say_too_little
from tests.support.fleets.subjects import TODAY, battery, day, failure
from tests.support.judged.said import (
    APART,
    FEW,
    IN_WARRANTY,
    NOBODY,
    OTHERS,
    UNSUPPORTED,
    always_slow,
    fading,
    failing,
    model,
    of,
    peers,
    peers_like,
    settled,
    slow,
    struck,
    unheard,
    unsure,
)

LEAST_WORDS = 4
"""Fewer are names of things, not claims."""
_NOT_SAID = ("source", "rule")
"""Evidence that is shown beside a sentence, as who published it calls it."""
_ROOT = Path(judge.__path__[0])
_SPEAKING = (
    *sorted((_ROOT / "findings").rglob("*.py")),
    _ROOT / "unflagged.py",
    _ROOT / "models" / "advice.py",
    _ROOT / "likeness" / "compared_with.py",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A part of a sentence that no other has; something of which it is true, and of which it is false."""

    said: str
    true: Callable[[], str]
    false: Callable[[], str]


def case(said: str, true: Callable[[], str], false: Callable[[], str]) -> Case:
    return Case(said=said, true=true, false=false)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def told(
    code: str, *days: int, channel: str = "management", platform: str | None = None, last: int = 0, **more: float
) -> str:
    """What is found of a device of which its management service told this, so many days ago."""
    return of(*(failure(channel, code, one, **more) for one in days), platform=platform, last_ago=last)


def drive(**counters: int) -> str:
    """Who published the rules that speak of a drive with these counters."""
    return " ".join(one.source for one in judge_drive(DriveCounters(**counters)))


WORN = [battery(one, 50.0) for one in (20, 10, 1)]
FRESH = [battery(one, 96.0) for one in (20, 10, 1)]
CASES = (
    # a device beside its peers
    case("With luck taken out it fails", failing, lambda: say_too_little(10, 20)),
    case("(90 % interval", failing, lambda: failing(spread=None)),
    case("of the devices on this list is there by chance", failing, lambda: unsure(probability=0.7)),
    case("at most 1 in 20 of", failing, lambda: failing(listed="watch")),
    case("as often as its peers", lambda: unsure(probability=0.7), lambda: unsure(probability=0.3)),
    case("Nothing is named before 60 days of use", lambda: unsure(active_days=40.0), lambda: unsure(probability=0.7)),
    case("incidents in 2 different weeks", lambda: unsure(weeks=1), unsure),
    case("too unsure to name it", lambda: unsure(probability=0.7), lambda: unsure(active_days=40.0, probability=0.97)),
    case("of 200 incidents", lambda: say_too_little(10, 400), lambda: say_too_little(400, 20)),
    case("of 180 days", lambda: say_too_little(400, 20), lambda: say_too_little(10, 400)),
    case("no device is named for failing more often", lambda: say_too_little(10, 20), failing),
    case("in the same time", failing, lambda: unsure(probability=0.7)),
    case("devices there fail 2.0 times as often", lambda: failing(site_times=2.0), lambda: failing(site_times=1.1)),
    case(
        "put it on the replace list",
        lambda: failing(listed="watch", observed={"hardware": 4}),
        lambda: unsure(active_days=40.0, observed={"hardware": 4}),
    ),
    case(
        "Order or claim only what is 95 % likely by itself",
        lambda: failing(observed={"hardware": 5}),
        lambda: failing(observed={"hardware": 20}),
    ),
    case("of use without an incident would take it off", failing, lambda: failing(listed="watch")),
    case(
        "more hardware incidents soon would", lambda: failing(observed={"hardware": 4}), lambda: failing(gap_days=30)
    ),
    case(
        "30 days or more after whatever came before",
        lambda: failing(observed={"hardware": 4}, gap_days=30),
        lambda: failing(observed={"hardware": 4}),
    ),
    case("more crashes soon", lambda: failing(channel="crash", observed={"crash": 4}), failing),
    case("what came again within 14 days counted once", lambda: failing(gap_days=14), failing),
    case("in the same time but for the 14 days after each incident", lambda: failing(gap_days=14), failing),
    case(
        "; those of one trouble count once",
        lambda: failing(channel="any", observed={"any": 8, "crash": 6, "hardware": 4}),
        lambda: failing(channel="any", observed={"any": 8, "crash": 5, "hardware": 3}),
    ),
    case("incidents of too little memory", lambda: failing(channel="memory", observed={"memory": 8}), failing),
    case("Replace it: ", failing, lambda: failing(listed="watch")),
    case("Repair the disk: ", lambda: failing(channel="storage", observed={"storage": 8}), failing),
    case("Watch it: ", lambda: failing(listed="watch"), failing),
    case("Claim it from the vendor: the warranty runs until", lambda: failing(IN_WARRANTY), failing),
    case("Let it go with the next refresh", lambda: failing(UNSUPPORTED), failing),
    # who its peers were
    case("model, year and role", lambda: peers("large"), lambda: peers("undated")),
    case("model and role", lambda: peers("undated"), lambda: peers("large")),
    case("model and year", lambda: peers_like(closest=np.array([2])), peers_like),
    case("devices of its platform", lambda: peers("small"), lambda: peers("large")),
    case("devices of its model", lambda: peers("large"), lambda: peers("small")),
    case("on its versions of the system", lambda: peers_like(is_split=True), peers_like),
    case(
        "on its versions of", lambda: peers_like(is_split=True), lambda: peers_like(is_split=True, level=np.array([2]))
    ),
    case("the few of its own kind weighed in", lambda: peers_like(is_small=np.array([True])), lambda: peers("large")),
    case("awake as long", lambda: peers_like(is_by_hours=np.array([True])), peers_like),
    # of which no flag speaks
    case("It has not been heard yet", lambda: unheard(0, None), lambda: unheard(200, 1)),
    case("it is called healthy while no rule", lambda: unheard(20, 1), lambda: unheard(200, 1)),
    case("a silent device is not called healthy", lambda: unheard(200, 120), lambda: unheard(200, 1)),
    case("No rule speaks against it in 200 active days", lambda: unheard(200, 1), lambda: unheard(200, 120)),
    case("What stood against it is settled", lambda: settled("replace"), lambda: settled("none")),
    # disks
    case("its own health check (SMART)", lambda: told("smart_failing", 3, channel="storage"), of),
    case("it has used up its spare blocks", lambda: told("spare_low", 3, channel="storage"), of),
    case("it has locked itself against writing", lambda: told("read_only", 3, channel="storage"), of),
    case(
        "Replace the disk: ",
        lambda: told("read_only", 3, channel="storage"),
        lambda: told("read_only", 3, channel="crash"),
    ),
    case("Its warranty lasts until", lambda: of(failure("storage", "read_only", 3), warranty_until=ago(-9)), of),
    case(
        "of its sectors cannot be read", lambda: of(day(2, pending_sectors=4)), lambda: of(day(90, pending_sectors=4))
    ),
    case(
        "replaced 4 of its sectors",
        lambda: of(day(2, reallocated_sectors=4)),
        lambda: of(day(2, reallocated_sectors=0)),
    ),
    case("it could not mend 4 reads", lambda: of(day(2, media_errors=4)), lambda: of(day(2, media_errors=0))),
    case(
        "of its rated life", lambda: of(day(2, storage_wear_percent=101)), lambda: of(day(2, storage_wear_percent=90))
    ),
    case("published by JEDEC", lambda: drive(emmc_end_of_life=3), lambda: drive(emmc_end_of_life=1)),
    case("it is to be replaced once this grows", lambda: of(day(2, media_errors=4)), of),
    case(
        "a month before",
        lambda: of(day(40, media_errors=4), day(2, media_errors=4)),
        lambda: of(day(2, media_errors=4)),
    ),
    case("Backblaze's published practice", lambda: of(day(2, pending_sectors=4)), lambda: of(day(2, media_errors=4))),
    case("published by NVM Express", lambda: of(day(2, media_errors=4)), lambda: of(day(2, pending_sectors=4))),
    case(
        "reads it could not mend grew by",
        lambda: of(*(day(20 - one, media_errors=one) for one in (1, 5, 9))),
        lambda: of(*(day(20 - one, media_errors=4) for one in (1, 5, 9))),
    ),
    case(
        "sectors it could not read grew by",
        lambda: of(*(day(20 - one, pending_sectors=one) for one in (1, 5, 9))),
        lambda: of(*(day(20 - one, pending_sectors=9 - one) for one in (1, 5, 9))),
    ),
    case("Backblaze's published rule", lambda: of(*(day(20 - one, media_errors=one) for one in (1, 5, 9))), of),
    # batteries
    case("the device itself reported 'replace now'", lambda: told("replace_now", 3, channel="battery"), of),
    case(
        "the device itself reported 'service recommended'",
        lambda: told("service_recommended", 3, channel="battery"),
        lambda: told("service_recommended", 400, channel="battery"),
    ),
    case("its battery is not the maker's", lambda: told("non_genuine", 3, channel="battery"), of),
    case("Watch its battery: ", lambda: told("non_genuine", 3, channel="battery"), of),
    case("its charge is down to", lambda: of(*WORN), lambda: of(*FRESH)),
    case("Microsoft Endpoint analytics", lambda: of(*WORN), lambda: of(*WORN[:2])),
    case("Plan a new battery: ", fading, lambda: fading(is_due=False)),
    case("Its run-time is not known", lambda: fading(hours=None, is_due=False), fading),
    case("h of a 6 h school day", fading, lambda: fading(hours=None)),
    case("as Apple states for the iPad", fading, slow),
    case("will hold less than 80 %", fading, lambda: fading(months_left=0.0, health=0.78)),
    case("under 80 % counts as spent", lambda: fading(months_left=0.0, health=0.78), fading),
    case("(its model 0.9)", fading, lambda: fading(model_loss=None)),
    case("of what it held when new", fading, slow),
    # starts
    case("First, at no cost: ", slow, fading),
    case("Its model on the same version takes 2 s longer", slow, lambda: slow(peers="")),
    case("Its platform on the same version takes", lambda: slow(peers="its platform"), slow),
    case("as long as then", lambda: slow(peers_seconds=0.0), slow),
    case("starts in four weeks. The flag goes by itself", slow, fading),
    case("claim it from the vendor: the warranty", lambda: slow(IN_WARRANTY), slow),
    case("let it go with the next refresh: its support has ended", lambda: slow(UNSUPPORTED), slow),
    case("repair it: look at its disk", slow, lambda: slow(IN_WARRANTY)),
    case("It has started slowly from the first day", lambda: always_slow(240), slow),
    case("among the slowest 1 %", lambda: always_slow(240), lambda: always_slow(20)),
    case("the slowest of 20", lambda: always_slow(20), lambda: always_slow(240)),
    # what a management service tells
    case(
        "questions of its management service",
        lambda: told("command_failed", 1, 2, 3, 4, delta=2.0),
        lambda: told("command_failed", 1, 1, 1, 1, delta=2.0),
    ),
    case("the device itself says that its camera is in error", lambda: told("camera", 3, channel="hardware"), of),
    case(
        "has not been in touch with it since",
        lambda: of(platform="ipados", silent=9, last_ago=12),
        lambda: of(platform="ipados", silent=3, last_ago=4),
    ),
    case("it left its management service", lambda: told("unenrolled", 2, last=2), lambda: told("unenrolled", 2)),
    case("it was erased and enrolled anew", lambda: told("re_enrolled", 2, 9, 20), lambda: told("re_enrolled", 2, 9)),
    case(
        "it did not answer its management service",
        lambda: told("push_unanswered", 1, 3, 5, 7, 9),
        lambda: told("push_unanswered", 1, 3, 5, 7, 9, last=12),
    ),
    case("Unlock it once by hand", lambda: told("restart_no_return", 3, last=3), lambda: told("restart_no_return", 3)),
    case("of its storage is free", lambda: told("storage_low", 1, 2, 3), lambda: told("storage_low", 1)),
    case("less than a tenth", lambda: told("storage_low", 1, 2, 3), lambda: told("storage_low", 1, 2, 3, percent=4.0)),
    case(
        "failed on 2 days, last on",
        lambda: told("update_failed", 1, 9, channel="update", platform="ipados"),
        lambda: told("update_failed", 1, channel="update", platform="ipados"),
    ),
    case(
        "waited for more than two weeks",
        lambda: told("update_stuck", 5, platform="ipados"),
        lambda: told("update_failed", 1, 9, channel="update", platform="ipados"),
    ),
    case(
        "an update of its system", lambda: told("update_stuck", 5, platform="ipados"), lambda: told("update_stuck", 5)
    ),
    case("Not heard since", lambda: of(silent=20, last_ago=30), lambda: of(silent=10, last_ago=14)),
    case("its maker's support ended on", lambda: of(support_until=ago(9)), lambda: of(support_until=ago(-9))),
    case(
        "It is not called unreliable for that", lambda: of(support_until=ago(9)), lambda: of(support_until=ago(-900))
    ),
    # models
    case("Not enough evidence yet: 40 of 100", lambda: model("insufficient", FEW), model),
    case(
        "So far: of 100 devices, 46 incidents",
        lambda: model("insufficient", FEW),
        lambda: model("insufficient", NOBODY),
    ),
    case("incidents a school year in 100 devices", model, lambda: model("insufficient", NOBODY)),
    case("school years between them", model, lambda: model("insufficient", FEW)),
    case("No other model of Windows devices has enough", lambda: model(beside=None), model),
    case("all other Windows devices here", model, lambda: model(beside=None)),
    case("all other devices of unknown platform", lambda: model(platform=""), model),
    case("Buy again: ", lambda: model("below"), model),
    case("Ask the vendor: ", lambda: model("above"), model),
    case("Find out what is known of it", lambda: model("above"), lambda: model("below")),
    case("No difference shown:", model, lambda: model("above")),
    case(
        "and what its schools have in common",
        lambda: model("above"),
        lambda: model("above", None, replace(OTHERS, at_one_school=None)),
    ),
    case("Of all models called better or worse", lambda: model("above"), model),
    case(
        "is at one school, and the school may be why",
        lambda: model(beside=replace(APART, at_one_school=0.8)),
        lambda: model(beside=APART),
    ),
    case("one differs as much by chance", lambda: model(beside=APART), model),
    case("of its devices crashed", struck, lambda: struck(channel="network")),
    case("updates failed", lambda: struck(channel="update"), struck),
    case("of its devices had", lambda: struck(channel="network"), struck),
    case("it counts in the model's rate while it goes on", lambda: struck(goes_on=True), struck),
    case("this month is left out of its rate", struck, lambda: struck(goes_on=True)),
    case("since version 24H2", struck, lambda: struck(version=None)),
    case("Not charged to the devices", struck, model),
)


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.said)
def test_a_sentence_is_said_where_it_is_true_and_not_where_it_is_false(one: Case) -> None:
    right, wrong = one.true(), one.false()

    assert one.said in right
    assert one.said not in wrong


def test_every_sentence_that_the_judge_can_say_stands_here() -> None:
    texts = [(one.true(), one.false()) for one in CASES]

    untold = [
        template
        for path in _SPEAKING
        for template in templates(ast.parse(path.read_text(encoding="utf-8")))
        if not any(_is_in(template, right) and not _is_in(template, wrong) for right, wrong in texts)
    ]

    assert untold == []


def test_a_new_sentence_would_be_noticed() -> None:
    code = 'def say(name):\n    """A docstring is no sentence."""\n    return f"The dog of {name} ate its disk."\n'

    assert list(templates(ast.parse(code))) == ["The dog of {} ate its disk."]
    assert _is_in("The dog of {} ate its disk.", "We know: the dog of Ann ate its disk. And more.")


def templates(tree: ast.AST) -> Iterator[str]:
    """Every text of some words in code, `{}` for what is filled in: no docstrings, titles and sources."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.keyword(arg="title" | "name"):
                continue
            case ast.Dict(keys=keys, values=values):
                named = zip(keys, values, strict=True)
                spoken = [
                    value for key, value in named if not (isinstance(key, ast.Constant) and key.value in _NOT_SAID)
                ]
                yield from templates(ast.List(elts=spoken))
            case ast.JoinedStr(values=parts):
                yield from _worth(
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
                )
                for part in parts:
                    yield from templates(part) if isinstance(part, ast.FormattedValue) else ()
            case ast.Constant(value=str() as text):
                yield from _worth(re.sub(r"\{\w+\}", "{}", text))
            case _:
                yield from templates(node)


def _worth(template: str) -> Iterator[str]:
    if " " in template and len(re.findall(r"[A-Za-z]{2,}", template)) >= LEAST_WORDS:
        yield template


def _is_in(template: str, text: str) -> bool:
    parts = [re.escape(part) for part in template.strip("{} ").split("{}")]
    return re.search(".*?".join(parts), text, re.IGNORECASE) is not None
