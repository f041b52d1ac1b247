"""What a reading is packed by: every one has its place, and only what a day does not sum may be left out as known."""

from rollcall_collector.model.fact import DAY_FIELDS
from rollcall_collector.store.keeping.lines import LASTING_FIELDS, PASSING_FIELDS, VITALS_FIELDS


def test_every_reading_either_passes_or_lasts() -> None:
    assert sorted(PASSING_FIELDS + LASTING_FIELDS) == sorted(VITALS_FIELDS)


def test_no_day_has_the_sum_of_what_lasts() -> None:
    summed = {one.roll_up.vitals for one in DAY_FIELDS if one.roll_up.way == "sum"}

    assert summed.isdisjoint(LASTING_FIELDS)
