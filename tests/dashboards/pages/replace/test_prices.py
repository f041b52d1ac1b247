"""Prices and the currency are entered on the page by an administrator, and hold at once on page, API and command."""

from pathlib import Path

from tests.support.browsing import serving
from tests.support.reading import client_of, words_of


def test_an_administrator_enters_prices_and_the_plan_reckons_with_them_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served, "admin") as client:
        before = words_of(client.get("/replace").text)

        kept = client.post("/replace/prices", data={"currency": "€", "repair": "1.090,50", "disk_swap": "79"})
        after = words_of(client.get("/replace").text)
        plan = client.get("/api/v1/plan?budget=100000").json()

        assert "Cannot be weighed without a price" in before
        assert (kept.status_code, kept.headers["location"]) == (303, "/replace")
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


def test_an_emptied_price_is_again_what_the_settings_file_says(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served, "admin") as client:
        client.post("/replace/prices", data={"battery_swap": "500"})
        entered = 'name="battery_swap" inputmode="decimal" maxlength="40" size="9" autocomplete="off" value="500"'
        shown = client.get("/replace").text
        client.post("/replace/prices", data={"battery_swap": ""})

        assert entered in shown
        assert entered.replace('"500"', '"59"') in client.get("/replace").text
