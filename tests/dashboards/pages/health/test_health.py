"""Health says whether Rollcall itself is well, and the way out where it is not."""

from tests.support.browsing import Served
from tests.support.reading import heading_of, read_page, words_of


def test_health_gives_the_way_out_of_what_was_refused(served: Served) -> None:
    html = read_page(served, "/health")

    assert heading_of(html) == "3 reports were refused this week"
    assert "replace its clock battery" in words_of(html)
