"""Counters become failures by what they grew, never by what they are."""

import pytest

from rollcall_agent.sources.counters import Lifetime, count


@pytest.mark.parametrize("lifetime", ["boot", "device", "disk"])
def test_a_first_look_is_a_beginning_however_large_the_number(lifetime: Lifetime) -> None:
    counted = count(None, {"errors": 4711}, boot_id="a", lifetime=lifetime)

    assert counted.growth == {}


@pytest.mark.parametrize(
    ("lifetime", "before", "now", "boot", "grown"),
    [
        ("boot", 3, 5, "a", {"errors": 2}),
        ("boot", 3, 3, "a", {}),
        ("boot", 3, 1, "a", {"errors": 1}),  # somebody reset it: what it shows is new
        ("boot", 3, 3, "b", {"errors": 3}),  # a new start counts from zero
        ("boot", 3, 0, "b", {}),
        ("device", 3, 4, "b", {"errors": 1}),  # a start changes nothing
        ("device", 3, 0, "b", {}),  # fsck
        ("device", 3, 1, "b", {"errors": 1}),
        ("disk", 3, 9, "b", {"errors": 6}),
        ("disk", 30, 2, "b", {}),  # disks do not forget: it is another, or its firmware changed its mind
    ],
)
def test_growth(lifetime: Lifetime, before: int, now: int, boot: str, grown: dict[str, int]) -> None:
    first = count(None, {"errors": before}, boot_id="a", lifetime=lifetime)

    counted = count(first.mark, {"errors": now}, boot_id=boot, lifetime=lifetime)

    assert counted.growth == grown


def test_nothing_is_told_twice() -> None:
    first = count(None, {"errors": 1}, boot_id="a", lifetime="boot")
    second = count(first.mark, {"errors": 5}, boot_id="a", lifetime="boot")

    third = count(second.mark, {"errors": 5}, boot_id="a", lifetime="boot")

    assert second.growth == {"errors": 4}
    assert third.growth == {}


def test_a_counter_that_appears_later_begins_there() -> None:
    first = count(None, {"one": 1}, boot_id="a", lifetime="boot")

    counted = count(first.mark, {"one": 1, "two": 70}, boot_id="a", lifetime="boot")

    assert counted.growth == {}


def test_a_disk_that_slept_loses_nothing() -> None:
    first = count(None, {"sda": 1, "sdb": 2}, boot_id="a", lifetime="disk")
    asleep = count(first.mark, {"sda": 1}, boot_id="a", lifetime="disk")

    awake = count(asleep.mark, {"sda": 1, "sdb": 5}, boot_id="a", lifetime="disk")

    assert awake.growth == {"sdb": 3}


@pytest.mark.parametrize("mark", ["", "{", "[]", "null", '"text"'])
def test_a_garbled_mark_is_as_good_as_none(mark: str) -> None:
    assert count(mark, {"errors": 9}, boot_id="a", lifetime="boot").growth == {}


def test_what_comes_and_goes_grows_only_above_its_highest() -> None:
    mark, grown = None, []
    for value in (1, 0, 1, 3, 0, 2, 4):
        counted = count(mark, {"sectors": value}, boot_id="a", lifetime="disk", passing=frozenset({"sectors"}))
        mark = counted.mark
        grown.append(counted.growth.get("sectors", 0))

    assert grown == [0, 0, 0, 2, 0, 0, 1]
