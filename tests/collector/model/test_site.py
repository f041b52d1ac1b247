"""A school knows which lesson comes next: today's, or that of the next school day."""

from datetime import UTC, date, datetime

import pytest

from rollcall_collector.model.site import Lesson, Site

FIRST = Lesson(label="1", starts_minute=8 * 60 + 40, ends_minute=9 * 60 + 30)
SECOND = Lesson(label="2", starts_minute=9 * 60 + 40, ends_minute=10 * 60 + 30)
OAK = Site(site=1, name="Oak", zone="Europe/Berlin", lessons=(FIRST, SECOND), holidays=frozenset({date(2026, 11, 30)}))


@pytest.mark.parametrize(
    ("now", "lesson", "at"),
    [
        (datetime(2026, 11, 24, 6, tzinfo=UTC), FIRST, datetime(2026, 11, 24, 7, 40, tzinfo=UTC)),
        (datetime(2026, 11, 24, 7, 40, tzinfo=UTC), SECOND, datetime(2026, 11, 24, 8, 40, tzinfo=UTC)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), FIRST, datetime(2026, 11, 25, 7, 40, tzinfo=UTC)),
        # from a Friday over a weekend and a Monday off
        (datetime(2026, 11, 27, 12, tzinfo=UTC), FIRST, datetime(2026, 12, 1, 7, 40, tzinfo=UTC)),
        # over the end of summer time
        (datetime(2026, 10, 23, 12, tzinfo=UTC), FIRST, datetime(2026, 10, 26, 7, 40, tzinfo=UTC)),
    ],
)
def test_the_next_lesson_is_told_with_its_instant(now: datetime, lesson: Lesson, at: datetime) -> None:
    assert OAK.next_lesson(now) == (lesson, at)


def test_where_no_lessons_are_known_none_comes_next() -> None:
    bare = Site(site=1, name="Oak", zone="UTC")
    closed = Site(site=1, name="Oak", zone="UTC", days=(), lessons=(FIRST,))

    found = [one.next_lesson(datetime(2026, 11, 24, 9, tzinfo=UTC)) for one in (bare, closed)]

    assert found == [None, None]
