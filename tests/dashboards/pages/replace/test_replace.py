"""The Replace page answers a buyer's question as it stands in the address, and lets technicians decide on the spot."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.tables import devices, flags
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, read_page, words_of


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("young"), has_record=False) as running:
        yield running


def _named(html: str) -> list[str]:
    """The devices of all lists in order; the line at the budget stands among them."""
    return [name or cut for name, cut in re.findall(r'<span class="what"><b>(.*?)</b>|<li class="(cut)">', html)]


def _flag(served: Served, name: str) -> int:
    with served.engine.connect() as connection:
        return next(one.flag for one in list_flags(connection, Scope.all()) if one.device_name == name)


def test_the_heading_is_the_answer_and_the_budget_cuts_the_list(served: Served) -> None:
    html = read_page(served, "/replace?budget=800")

    assert heading_of(html) == "1 device to replace, 4 to repair, 2 to claim under warranty, within 800"
    assert _named(html) == [
        "SC-11",
        "SC-04",
        "NB-17",
        "CB-28",
        "NB-11",
        "NB-04",
        "CB-07",
        "cut",
        "NB-15",
        "NB-09",
    ]
    assert "Budget 800 680 spent, 120 left" in words_of(html)
    assert "244 more would reach NB-15." in words_of(html)


def test_without_a_budget_everything_that_is_proposed_is_shown_with_its_sum(served: Served) -> None:
    html = read_page(served, "/replace")

    assert heading_of(html) == "2 devices to replace, 4 to repair, 2 to claim under warranty: 1 044 in all"
    assert _named(html)[-2:] == ["cut", "NB-09"]
    assert re.search(r'id="budget-slider"[^>]*max="1060.00" step="20.00" value="1044.00"', html)


def test_each_row_has_its_evidence_its_minutes_and_its_papers(served: Served) -> None:
    html = read_page(served, "/replace?budget=800")

    words = words_of(html)
    assert "Replace it: 14 incidents" in words
    assert "90 % interval 2.3 to 5.6" in words
    assert re.search(r"NB-04 ProBook Fortis 11 · North School · Cart B P Repair disk 94 17 min 46 min", words)
    assert html.count('/dossier">') == 9
    assert "CB-28 300e Gen 3" in words


def test_nothing_is_compared_while_a_price_is_missing(served: Served) -> None:
    words = words_of(read_page(served, "/replace?budget=800"))

    assert "Not compared: prices are missing." in words
    assert "Oldest first" not in words


def test_another_threshold_or_share_is_tried_out_at_once_and_changes_no_flag(served: Served) -> None:
    own, strict, loose = (
        words_of(read_page(served, f"/replace?{query}")) for query in ("", "threshold=3", "threshold=1.25&wrong=20")
    )

    assert "4 on the replace list · 0 on the watch list" in own
    assert "Tried out here only" not in own
    counts = [int(found[1]) for said in (strict, loose) if (found := re.search(r"(\d+) on the replace list", said))]
    assert counts[0] < 4 < counts[1]
    assert "Tried out here only: no flag changes." in loose
    assert "there is nothing to decide" in loose


def test_the_promise_is_said_of_those_who_are_shown(served: Served) -> None:
    words = words_of(read_page(served, "/replace"))

    assert re.search(r"By their own figures \d+.% of them are there by bad luck", words)
    assert "Name a device that fails 1.5 times as often as its peers (now)" in words
    assert "Named by chance, at most 5 of 100 (now)" in words


def test_a_school_can_be_asked_for_alone_and_be_given_at_most_so_much(served: Served) -> None:
    south = read_page(served, "/replace?site=South+School")
    capped = read_page(served, "/replace?budget=800&most+North+School=100")

    assert heading_of(south) == "2 devices to claim under warranty"
    assert '<option value="South School" selected>' in south
    assert heading_of(capped) == "1 device to repair, 2 to claim under warranty, within 800"
    assert 'name="most North School" inputmode="decimal" maxlength="40" autocomplete="off" value="100"' in capped


def test_what_cannot_be_planned_says_why_and_nonsense_is_left_out(served: Served) -> None:
    impossible = read_page(served, "/replace?budget=100&least+North+School=200")
    nonsense = read_page(served, "/replace?site=Nowhere&threshold=wat&wrong=-3&x=1")

    assert heading_of(impossible) == "This cannot be planned as it is asked"
    assert "North School: its floor of 200 is above the budget of 100" in words_of(impossible)
    for written in ("€800", "0.8k", "800,00"):
        assert heading_of(read_page(served, f"/replace?budget={written}")).endswith("within 800")
    unclear = read_page(served, "/replace?budget=4,00,000")
    assert "'4,00,000' is not clear as an amount of money" in words_of(unclear).replace("&#39;", "'")
    assert 'value="4,00,000"' in unclear
    assert heading_of(nonsense) == heading_of(read_page(served, "/replace"))


def test_what_has_no_price_says_where_to_enter_one(served: Served) -> None:
    words = words_of(read_page(served, "/replace"))

    assert "Cannot be weighed without a price" in words
    assert "under Prices below" in words
    assert "in the column 'price' of the school's list" in words


def test_refreshes_go_by_their_date_and_the_coming_years_are_foretold(served: Served) -> None:
    words = words_of(read_page(served, "/replace"))

    assert "30 Jun 2027 5 devices OptiPlex 3060: PC-01, PC-03, PC-04, PC-05 … no price" in words
    assert re.search(r"2029 . 72 2\d 248", words)


def test_a_decision_returns_to_the_same_question_and_is_undone_there(tmp_path: Path) -> None:
    address = "/replace?budget=800&site=North+School"
    with serving(tmp_path) as served, client_of(served) as client:
        number = _flag(served, "CB-07")

        taken = client.post(
            f"/flags/{number}/decisions",
            data={"action": "finish", "outcome": "replaced", "replaced_by": "SN-NEW-1", "back": address},
        )
        shown = client.get(address).text
        undone = client.post(
            f"/flags/{number}/decisions", data={"action": "reopen", "back": address}, follow_redirects=True
        )

        words = words_of(shown)
        assert (taken.status_code, taken.headers["location"]) == (303, address)
        assert "CB-07: done by Tom: replaced by SN-NEW-1. When it leaves the school, retire it:" in words
        assert "rollcall publishers retire d-" in words
        assert "CB-07" not in _named(shown)
        assert f'<input type="hidden" name="back" value="{address.replace("&", "&amp;")}#plan">' in shown
        assert "CB-07" in _named(undone.text)
        assert "Done by Tom" not in words_of(undone.text)


def test_what_is_accepted_stays_in_the_plan_and_what_is_postponed_rests(tmp_path: Path) -> None:
    tomorrow = (seed.NOW + timedelta(days=1)).date().isoformat()
    with serving(tmp_path) as served, client_of(served) as client:
        client.post(f"/flags/{_flag(served, 'NB-04')}/decisions", data={"action": "accept"})
        client.post(
            f"/flags/{_flag(served, 'CB-07')}/decisions",
            data={"action": "postpone", "until_on": tomorrow, "reason": "holidays"},
        )

        html = client.get("/replace").text

        assert "NB-04" in _named(html)
        assert "Repair disk accepted" in words_of(html)
        assert "CB-07" not in _named(html)
        assert "Postponed by Tom until Wed 25 Nov 2026" in words_of(html)


def test_a_viewer_reads_the_plan_and_sees_nothing_to_press(served: Served) -> None:
    html = read_page(served, "/replace?budget=800", "viewer")

    assert "CB-07" in _named(html)
    assert "/decisions" not in html
    assert "Export as CSV" in html


def test_the_plan_is_taken_along_as_csv_and_as_a_spreadsheet(served: Served) -> None:
    with client_of(served) as client:
        text = client.get("/replace.csv?budget=800")
        book = client.get("/replace.xlsx?budget=800")

    rows = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert [row["device"] for row in rows if row["list"] == "plan"] == ["NB-17", "CB-28", "NB-11", "NB-04", "CB-07"]
    assert text.headers["content-disposition"] == 'attachment; filename="replace.csv"'
    sheets = load_workbook(io.BytesIO(book.content))
    assert sheets.sheetnames == ["Plan", "Outside", "Refresh", "Compare", "Outlook"]
    assert book.headers["content-disposition"] == 'attachment; filename="replace.xlsx"'


def test_the_links_to_the_exports_keep_the_question(served: Served) -> None:
    html = read_page(served, "/replace?budget=800&site=North+School&wrong=10")

    assert 'href="/replace.csv?budget=800&amp;site=North+School&amp;wrong=10"' in html
    assert 'href="/replace.xlsx?budget=800&amp;site=North+School&amp;wrong=10"' in html


def test_a_young_fleet_is_told_what_is_lacking_and_what_is_known_all_the_same(young: Served) -> None:
    html = read_page(young, "/replace")

    words = words_of(html)
    assert heading_of(html) == "Not enough evidence yet to name devices by their failures"
    assert re.search(r"28 of 200 incidents 7\d of 180 days of record", words)
    assert "Known all the same: 4 devices to repair: 316 in all." in words
    assert _named(html)[:4] == ["CB-28", "NB-11", "NB-17", "NB-04"]
    assert "on the replace list" not in words
    assert "Lesson minutes for the same money" not in words


def test_a_list_too_long_to_be_read_shows_its_first_and_last_rows(tmp_path: Path) -> None:
    with serving(tmp_path) as crowded:
        with crowded.engine.begin() as connection:
            worn = connection.execute(sa.select(flags).where(flags.c.flag == _flag(crowded, "NB-11"))).one()._mapping
            known = sa.select(flags.c.device).where(flags.c.finding == worn["finding"])
            others = connection.execute(sa.select(devices.c.device).where(devices.c.device.not_in(known))).scalars()
            copies = [{**worn, "flag": 1_000 + device, "device": device} for device in others]
            connection.execute(sa.insert(flags), copies)

        html = read_page(crowded, "/replace?budget=100000")
        whole = read_page(crowded, "/replace?budget=100000&rows=all")

    assert "more are not shown here" in words_of(html)
    assert len(_named(html)) < len(_named(whole))
    assert _named(html)[:5] == _named(whole)[:5]
