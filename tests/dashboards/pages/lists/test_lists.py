"""A list is looked at before it is kept, its bad lines say the way out, and one press takes it back."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device, list_devices
from rollcall_collector.store.sites import list_sites
from tests.support.browsing import Served, serving
from tests.support.fleets.seed import ZONE
from tests.support.reading import client_of, heading_of, read_page, words_of

LIST = (
    "Serial,Location,Price,Checked Out To,Status\n"
    "A1,Cart B,299,Pupil One,In use\n"
    "A2,Cart B,cheap,Pupil Two,In use\n"
    "A3,Cart B,299,Pupil Three,Out for repair\n"
)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, is_seeded=False) as served:
        yield served


def _look(client: httpx.Client, text: str) -> str:
    answer = client.post("/import", files={"file": ("school.csv", text.encode(), "text/csv")})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def _send(client: httpx.Client, page: str, address: str, **changes: str) -> httpx.Response:
    """The page's form as a browser sends it, with what a person changes in it."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    fields = {name: (None, value) for name, value in {**hidden, **changes}.items()}
    return client.post(address, files=fields)


def _count(served: Served) -> int:
    with served.engine.connect() as connection:
        return list_devices(connection, Scope.all(), DeviceQuery()).total


def test_a_list_is_looked_at_and_nothing_is_kept(empty: Served) -> None:
    with client_of(empty) as client:
        page = _look(client, LIST)

    words = words_of(page)
    assert heading_of(page) == "This list brings 1 new device, 0 changed"
    assert "Nothing is kept yet." in words
    assert "Sites Cart B" in words
    assert "3 Price 'cheap' is not a price Write it like 349.90" in words
    assert "4 A3 Out for repair not in use" in words
    assert "Keep 1 good line without the bad" in words
    assert "Pupil" not in words
    assert _count(empty) == 0


def test_a_list_is_read_anew_as_people_say_and_kept_by_a_press(empty: Served) -> None:
    with client_of(empty) as client:
        first = _look(client, LIST)
        again = _send(client, first, "/import", map="Location=cart", site="Hill")
        kept = _send(client, again.text, "/import/keep", map="Location=cart", site="Hill", skip_bad="1")

    assert "Sites Hill Carts Cart B (Hill)" in words_of(again.text)
    assert kept.status_code == 303
    assert kept.headers["location"] == "/import?added=1&changed=0&unchanged=0"
    assert heading_of(read_page(empty, kept.headers["location"])) == "Kept: 1 device added, 0 changed, 0 unchanged"
    with empty.engine.connect() as connection:
        device = find_device(connection, Scope.all(), "A1")
        assert (device.site, device.cart, device.price) == ("Hill", "Cart B", 299.0)
        assert [(site.name, site.zone) for site in list_sites(connection, Scope.all())] == [("Hill", ZONE)]


def test_what_was_changed_since_the_last_look_is_looked_at_first(empty: Served) -> None:
    with client_of(empty) as client:
        first = _look(client, LIST)
        answer = _send(client, first, "/import/keep", map="Location=cart", site="Hill", skip_bad="1")

    assert answer.status_code == 200
    assert "You changed how the list is read" in words_of(answer.text)
    assert _count(empty) == 0


def test_bad_lines_are_not_left_out_unasked(empty: Served) -> None:
    with client_of(empty) as client:
        answer = _send(client, _look(client, LIST), "/import/keep")

    assert answer.status_code == 200
    assert _count(empty) == 0


def test_an_import_is_taken_back_by_a_press(empty: Served) -> None:
    with client_of(empty) as client:
        for text in ("Serial,Site,Price\nA1,Hill,299\n", "Serial,Price,Asset Tag\nA1,1,T1\n"):
            assert _send(client, _look(client, text), "/import/keep").status_code == 303
        before = client.get("/import/before.csv")
        undone = client.post("/import/undo")

    assert before.text.splitlines()[1].startswith("A1,-,-,-,-,Hill,")
    assert heading_of(read_page(empty, undone.headers["location"])) == "Taken back: 1 device is as it was"
    with empty.engine.connect() as connection:
        device = find_device(connection, Scope.all(), "A1")
    assert (device.price, device.asset_tag) == (299.0, None)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04", "this is a spreadsheet, not a CSV file"),
        (b"Name,Site\nx,y\n", "no heading names the serial number"),
        (b"Serial,Cost,Unit Price\nA1,1,2\n", "Say below which of the columns is meant, or leave one out"),
    ],
)
def test_a_file_that_is_no_list_says_what_to_do(empty: Served, content: bytes, word: str) -> None:
    with client_of(empty) as client:
        answer = client.post("/import", files={"file": ("x.csv", content, "text/csv")})

    assert heading_of(answer.text) == "This list cannot be kept as it is"
    assert word in words_of(answer.text)
    assert "/import/keep" not in answer.text


def test_markup_in_a_list_is_text(empty: Served) -> None:
    with client_of(empty) as client:
        page = _look(client, 'Serial,Site,<script>alert(1)</script>\nA1,<b>Hill</b>,x\n"<i>",Oak,\n')

    assert "<script>alert" not in page
    assert "<b>Hill" not in page


@pytest.mark.parametrize("address", ["/import", "/import/keep", "/import/undo"])
def test_a_viewer_brings_no_list(served: Served, address: str) -> None:
    with client_of(served, "viewer") as client:
        answers = [client.get("/import"), client.post(address, files={"file": ("x.csv", b"Serial\nA1\n", "text/csv")})]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_there_is_nothing_to_take_back_before_the_first_import(empty: Served) -> None:
    with client_of(empty) as client:
        answers = [client.post("/import/undo"), client.get("/import/before.csv")]

    assert [answer.status_code for answer in answers] == [409, 404]
    assert "Take it back" not in read_page(empty, "/import")


def test_a_list_of_twenty_thousand_devices_comes_through(empty: Served) -> None:
    rows = "".join(f"SN{number:05d},Oak,Cart {number // 30},{'pupil ' * 8}{number}\n" for number in range(20_000))

    with client_of(empty) as client:
        page = _look(client, "Serial,Site,Cart,Most Recent User\n" + rows)
        kept = _send(client, page, "/import/keep")

    assert kept.headers["location"] == "/import?added=20000&changed=0&unchanged=0"
    assert len(page) < 2_000_000


def test_a_file_that_is_too_large_is_refused_before_it_is_read(empty: Served) -> None:
    with client_of(empty) as client:
        answer = client.post("/import", files={"file": ("x.csv", b"x" * (14 << 20), "text/csv")})

    assert answer.status_code == 413


def test_a_slip_in_a_schools_name_is_asked_about_on_the_page(empty: Served) -> None:
    with client_of(empty) as client:
        first = _look(client, "Serial,Site\nA1,Hill School\n")
        _send(client, first, "/import/keep")
        page = _look(client, "Serial,Site\nA2,Hill Scool\n")
        asked = _send(client, page, "/import/keep")
        kept = _send(client, page, "/import/keep", new_site="Hill Scool")

    assert "'Hill Scool': did you mean 'Hill School'? Then mend the list." in words_of(page)
    assert "Is this a new school?" in words_of(asked.text)
    assert kept.status_code == 303
    assert _count(empty) == 2
