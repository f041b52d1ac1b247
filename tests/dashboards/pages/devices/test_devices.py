"""The list of devices answers the question in its address, and its export the same one."""

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from rollcall_collector.model.device import Sort
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.publishers.identities import update_device
from rollcall_dashboards.pages.devices.query import addresses, read_asked, to_query
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, read_page, words_of

NOW = datetime(2026, 7, 14, 9, 40, tzinfo=UTC)


def test_devices_are_filtered_by_the_address_alone(served: Served) -> None:
    html = read_page(served, "/devices?text=fortis&verdict=repair&sort=name")

    names = re.findall(r'<th scope="row"[^>]*><a[^>]*>(.*?)</a>', html)
    assert names == ["NB-04", "NB-09", "NB-11", "NB-17"]
    assert heading_of(html) == "4 devices: repair"
    assert '<option value="repair" selected>' in html


def test_a_page_of_devices_leads_to_the_next_and_keeps_the_question(served: Served) -> None:
    html = read_page(served, "/devices?sort=name&site=North+School")

    following = re.search(r'rel="next" href="([^"]*)"', html)
    assert following is not None
    second = read_page(served, following[1].replace("&amp;", "&"))
    assert "North School" in second
    assert len(re.findall(r'<th scope="row"', html)) == 50
    assert len(re.findall(r'<th scope="row"', second)) == 6


def test_nonsense_in_the_address_is_no_error(served: Served) -> None:
    html = read_page(served, "/devices?sort=wat&page=-3&verdict=x&heard=y&unknown=1")

    assert heading_of(html) == "78 devices"


def test_a_search_without_result_says_what_to_do(served: Served) -> None:
    words = words_of(read_page(served, "/devices?text=nothing-is-called-so"))

    assert "0 devices are like this" in words
    assert "Take a filter away" in words


def test_each_row_has_its_days_in_words_too(served: Served) -> None:
    html = read_page(served, "/devices?text=NB-04")

    said = re.search(r'<svg class="days"[^>]*role="img" aria-label="([^"]*)"', html)
    assert said is not None
    assert "school days: 1 day with failures" in said[1]


def test_the_export_holds_every_match_and_no_formulas(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        with served.engine.begin() as connection:
            device = find_device(connection, Scope.all(), "CB-01")
            update_device(connection, device.device, {"asset_tag": seed.FORMULA}, fill={})
        answer = client.get("/devices.csv?site=North+School")

        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) == 56
        assert answer.headers["content-disposition"] == 'attachment; filename="devices.csv"'
        assert f"'{seed.FORMULA}" in {row["asset_tag"] for row in rows}
        assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_a_question_survives_its_address() -> None:
    asked = read_asked({"text": " a b ", "site": "Oak & Elm", "sort": "model", "down": "1", "page": "2"})

    query = to_query(asked, NOW)

    assert (query.text, query.site, query.sort, query.is_descending, query.page) == (
        "a b",
        "Oak & Elm",
        "model",
        True,
        2,
    )
    assert addresses(asked)() == "/devices?text=a+b&site=Oak+%26+Elm&sort=model&down=1&page=2"
    assert addresses(asked)(page=1, down="", text="", site="", sort="verdict") == "/devices"


def test_a_page_past_the_last_leads_to_the_last(served: Served) -> None:
    with client_of(served) as client:
        answer = client.get("/devices?site=North+School&page=99")

    assert (answer.status_code, answer.headers["location"]) == (303, "/devices?site=North+School&page=2")


def test_a_filter_that_names_nothing_here_is_said(served: Served) -> None:
    words = words_of(read_page(served, "/devices?site=Nowhere&platform=beos&cart=Cart+B"))

    assert "No site is called 'Nowhere'. No system is called 'beos'." in words
    assert "No cart" not in words


def test_each_row_says_why(served: Served) -> None:
    words = words_of(read_page(served, "/devices?asks=repair&finding=failing_disk"))

    assert "1 device to repair: failing disk" in words
    assert "Why" in words


@pytest.mark.parametrize("sort", get_args(Sort))
def test_the_list_goes_by_everything_one_may_order_it_by(served: Served, sort: str) -> None:
    html = read_page(served, f"/devices?sort={sort}&site=South+School")

    assert heading_of(html) == "16 devices are like this"
    assert f'<option value="{sort}" selected>' in html


def test_one_start_up_time_is_said_on_both_pages_and_sorts_the_list(served: Served) -> None:
    html = read_page(served, "/devices?sort=start&down=1&site=North+School")

    first = re.search(r'<th scope="row".*?>(NB-\d\d)</a>.*?<td class="number spare">(.*?)</td>', html, re.DOTALL)
    assert first is not None
    device = words_of(read_page(served, f"/devices/{first[1]}"))
    assert f"starts take {first[2]}: the middle of" in device


def test_a_search_finds_rooms_carts_and_sites(served: Served) -> None:
    found = [heading_of(read_page(served, f"/devices?text={text}")) for text in ("library", "cart+b", "south")]

    assert found == ["30 devices are like this", "26 devices are like this", "16 devices are like this"]
