"""Ticked devices, or all that are found, are moved, labelled and exported; a move is taken back by a press."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.device_names import find_bearers
from rollcall_collector.store.devices import find_device
from tests.support.browsing import Served, serving
from tests.support.reading import client_of, heading_of, read_page, words_of


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, has_record=False) as served:
        yield served


def _ids(served: Served, *names: str) -> list[str]:
    with served.engine.connect() as connection:
        return [find_device(connection, Scope.all(), name).device_id for name in names]


def _places(served: Served, *names: str) -> list[tuple[str | None, str | None, int | None]]:
    with served.engine.connect() as connection:
        found = [find_device(connection, Scope.all(), name) for name in names]
    return [(device.site, device.cart, device.slot) for device in found]


def _move(client: httpx.Client, chosen: str, **words: str) -> httpx.Response:
    return client.post("/devices/chosen/move", data={"chosen": chosen, **words}, follow_redirects=True)


def _undo(client: httpx.Client, html: str) -> httpx.Response:
    change = re.search(r'name="change" value="(\d+)"', html)
    assert change is not None
    return client.post("/sites/undo", data={"change": change[1]}, follow_redirects=True)


def test_each_device_has_a_box_with_its_name_and_the_form_works_by_itself(served: Served) -> None:
    html = read_page(served, "/devices?site=Hill+School")

    assert len(re.findall(r'<input type="checkbox" name="device"', html)) == 6
    assert "Choose PC-01" in words_of(html)
    assert '<form id="chosen" method="get" action="/devices/chosen"' in html
    assert "The ticked devices, or all 6 that are found where none is ticked" in words_of(html)


def test_who_ticks_means_those_and_who_ticks_none_means_all_found(served: Served) -> None:
    two = "&".join(f"device={one}" for one in _ids(served, "PC-01", "CB-01"))

    headings = [heading_of(read_page(served, f"/devices/chosen?site=Hill+School&{words}")) for words in (two, "")]

    assert headings == ["2 devices chosen", "6 devices chosen"]


def test_the_export_of_a_choice_is_that_choice_and_no_formulas(served: Served) -> None:
    two = "&".join(f"device={one}" for one in _ids(served, "PC-02", "CB-01"))

    with client_of(served) as client:
        lines = client.get(f"/devices.csv?{two}").text.splitlines()
        sheet = load_workbook(io.BytesIO(client.get(f"/devices.xlsx?{two}").content))["Devices"]

    assert [line.split(",")[2] for line in lines] == ["asset_tag", "PC-02", "CB-01"]
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[2] for row in rows] == ["asset_tag", "PC-02", "CB-01"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_a_label_says_name_serial_number_and_place_and_its_code_opens_the_device(served: Served) -> None:
    html = read_page(served, "/devices/chosen/labels?text=NB-11")

    assert "NB-11 SNNB0011 North School · Cart B 11" in words_of(html)
    assert html.count('class="code') == 1
    with client_of(served) as client:
        found = client.get("/devices?find=1&text=nb-11")
    assert found.headers["location"] == f"/devices/{_ids(served, 'NB-11')[0]}"


def test_devices_move_to_free_slots_and_back(own: Served) -> None:
    names = ("PC-01", "PC-02", "CB-01")
    before = _places(own, *names)
    chosen = "&".join(f"device={one}" for one in _ids(own, *names))

    with client_of(own) as client:
        done = _move(client, chosen, site="South School", cart="Cart C", first_slot="15")
        moved = _places(own, *names)
        undone = _undo(client, done.text)
        again = _undo(client, done.text)

    assert heading_of(done.text) == "3 devices moved to South School, Cart C"
    assert sorted(moved) == [("South School", "Cart C", slot) for slot in (17, 18, 19)]  # 15 and 16 are taken
    assert heading_of(undone.text) == "Taken back: 3 devices moved to South School, Cart C"
    assert _places(own, *names) == before
    assert again.status_code == 409


def test_a_whole_answer_moves_with_one_press(own: Served) -> None:
    with client_of(own) as client:
        done = _move(client, "site=Hill+School", site="North School")

    assert heading_of(done.text) == "6 devices moved to North School"
    assert set(_places(own, *(f"PC-0{number}" for number in range(1, 7)))) == {("North School", None, None)}


def test_a_cart_that_is_not_there_is_asked_about_and_then_made(own: Served) -> None:
    (chosen,) = _ids(own, "PC-01")
    with client_of(own) as client:
        typo = _move(client, f"device={chosen}", site="North School", cart="Crat A")
        asked = _move(client, f"device={chosen}", site="North School", cart="Trolls")
        made = _move(client, f"device={chosen}", site="North School", cart="Trolls", make="Trolls", room="Attic")

    assert "Did you mean 'Cart A'?" in words_of(typo.text)
    assert asked.status_code == 422
    assert heading_of(made.text) == "1 device moved to North School, Trolls"
    assert _places(own, "PC-01") == [("North School", "Trolls", None)]


def test_who_may_only_look_moves_nothing(own: Served) -> None:
    (chosen,) = _ids(own, "PC-01")
    with client_of(own, "viewer") as client:
        refused = _move(client, f"device={chosen}", site="North School")
        page = client.get(f"/devices/chosen?device={chosen}").text

    assert refused.status_code == 403
    assert "Move them" not in words_of(page)
    assert _places(own, "PC-01") == [("Hill School", None, None)]


def test_a_name_in_any_case_is_found_and_a_slip_shows_who_is_near(served: Served) -> None:
    with client_of(served) as client:
        addresses = [client.get(f"/devices?find=1&text={name}").headers["location"] for name in ("cb-05", "snCB0005")]
        slip = words_of(client.get("/devices?find=1&text=SNCB00055").text)
        unknown = client.get("/devices/SNCB0O05")

    assert set(addresses) == {f"/devices/{_ids(served, 'CB-05')[0]}"}
    assert "Perhaps one of these is meant: CB-05" in slip
    assert unknown.status_code == 404
    assert "CB-05" in words_of(unknown.text)


def test_a_site_that_nobody_bears_is_answered_with_the_one_that_is_near(served: Served) -> None:
    words = words_of(read_page(served, "/devices?site=Hill+Scool"))

    assert "No site is called 'Hill Scool'. Did you mean 'Hill School'?" in words


def test_two_devices_of_one_tag_are_both_shown(own: Served) -> None:
    with own.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE devices SET asset_tag = 'twin' WHERE serial_number IN ('SNCB0001', 'SNPC0001')"
        )

    with own.engine.connect() as connection:
        bearers = find_bearers(connection, Scope.all(), "TWIN")
    with client_of(own) as client:
        listed = client.get("/devices?find=1&text=twin")

    assert len(bearers) == 2
    assert heading_of(listed.text) == "2 devices are like this"


def test_the_bar_of_days_and_the_reason_order_the_list(served: Served) -> None:
    by_days = read_page(served, "/devices?sort=days&site=North+School")
    by_why = read_page(served, "/devices?sort=why&down=1&site=North+School")

    failed = [int(found) for found in re.findall(r"school days: (?:(\d+) days? with failures)?", by_days) if found]
    assert failed
    assert failed == sorted(failed, reverse=True)
    assert 'aria-sort="ascending"' in by_days
    assert re.search(r'aria-sort="descending">\s*<a [^>]*>Why', by_why)
