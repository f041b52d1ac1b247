"""Prices and the currency are entered on the page by an administrator, and hold at once on page, API and command."""

import re
from pathlib import Path

import httpx

from tests.support.browsing import serving
from tests.support.reading import client_of, words_of


def test_an_administrator_enters_prices_and_the_plan_reckons_with_them_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served, "admin") as client:
        before = words_of(client.get("/replace").text)

        kept = client.post("/replace/prices", data={"currency": "€", "repair": "1.090,50", "disk_swap": "79"})
        after = words_of(client.get("/replace").text)
        plan = client.get("/api/v1/plan?budget=100000").json()

        assert "Cannot be weighed without a price" in before
        assert (kept.status_code, kept.headers["location"]) == (303, "/replace#prices")
        assert "All amounts are in €." in after
        assert "Entered by Ada," in after
        assert plan["currency"] == "€"
        assert {row["cost"] for row in (*plan["chosen"], *plan["outside"])} >= {1105.5}  # with the work


def test_an_unclear_price_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served, "admin") as client:
        unclear = client.post("/replace/prices", data={"currency": "€", "repair": "1,2,3"})
        hostile = client.post("/replace/prices", data={"currency": "<b>"})

        assert (unclear.status_code, hostile.status_code) == (422, 422)
        assert "write it like 40000 or 39999.50" in words_of(unclear.text)
        assert "All amounts are in" not in words_of(client.get("/replace").text)


def test_only_an_administrator_enters_prices(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        refused = client.post("/replace/prices", data={"repair": "90"})
        html = client.get("/replace").text

        assert refused.status_code == 403
        assert "/replace/prices" not in html
        assert "An administrator enters prices here." in html


def test_what_the_settings_file_says_is_shown_without_a_field_and_wins(tmp_path: Path) -> None:
    with serving(tmp_path, has_record=False) as served, client_of(served, "admin") as client:
        refused = client.post("/replace/prices", data={"battery_swap": "500"})
        words = words_of(client.get("/replace").text)

        assert refused.status_code == 409
        assert "prices.battery_swap is set in the settings file, which wins" in words_of(refused.text)
        assert "A new battery 59" in words


def test_prices_are_put_back_as_they_were_before_and_that_is_undone_too(tmp_path: Path) -> None:
    with serving(tmp_path, has_record=False) as served, client_of(served, "admin") as client:
        for price in ("80", "95"):
            client.post("/replace/prices", data={"repair": price})
        last = _at(client)

        back = client.post("/replace/prices/undo", data={"at": last, "back": "/replace?budget=9#prices"})
        after = _repair(client)
        stale = client.post("/replace/prices/undo", data={"at": "2026-11-24T09:00:00+00:00"})
        client.post("/replace/prices/undo", data={"at": _at(client)})

        assert (back.status_code, back.headers["location"]) == (303, "/replace?budget=9#prices")
        assert (after, stale.status_code, _repair(client)) == ("80", 409, "95")


def _at(client: httpx.Client) -> str:
    found = re.search(r'name="at" value="([^"]+)"', client.get("/replace").text)
    assert found is not None
    return found[1]


def _repair(client: httpx.Client) -> str:
    found = re.search(r'name="repair"[^>]*value="([^"]*)"', client.get("/replace").text)
    assert found is not None
    return found[1]


def test_each_row_says_for_itself_that_it_is_not_worth_the_money(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served, "admin") as client:
        client.post("/replace/prices", data={"lesson_hour": "30", "repair": "90", "disk_swap": "79"})
        page = client.get("/replace").text
        chosen = client.get("/api/v1/plan?budget=100000").json()["chosen"]

    rows = re.findall(r"<summary>\s*<span class=\"place soft\">\d+</span>(.*?)</summary>", page, re.DOTALL)
    assert {row["is_worth"] for row in chosen} == {True, False}
    assert ["not worth the money" in row for row in rows] == [not row["is_worth"] for row in chosen]
    assert "Not worth the money: a lesson hour won back costs more than 30." in words_of(page)
