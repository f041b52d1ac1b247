"""Today says what needs somebody this morning, worst first."""

import re

from tests.support.browsing import Served
from tests.support.reading import heading_of, read_page, words_of


def test_today_says_how_many_things_need_somebody_worst_first(served: Served) -> None:
    html = read_page(served, "/")

    lines = re.findall(r"<strong>(.*?)</strong>", html)
    assert heading_of(html) == "14 things need you"
    assert len(lines) == 7
    assert lines[0].startswith("Version 142.0.1 broke Chromebook 511")
    assert "3 devices to replace: more failures than peers" in lines
    assert "7 more things wait behind these" in words_of(html)
    assert any(
        line.startswith("SC-11: Claim it from the vendor: the warranty runs until 1 Aug 2027.") for line in lines
    )
    assert "54 of 54 expected · 2 more not heard for four weeks" in words_of(html)


def test_today_names_a_model_of_which_many_fail_at_once(served: Served) -> None:
    words = words_of(read_page(served, "/"))

    assert "Version 142.0.1 broke Chromebook 511: 15 devices crashed 15 times since Mon 26 Oct" in words
    assert "Not charged to the devices." in words
    assert "broke ProBook Fortis 11" not in words
