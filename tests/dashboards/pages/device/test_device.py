"""A device's page shows its verdict, its evidence, what it sent, and lets technicians decide."""

from datetime import timedelta
from pathlib import Path

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.judged.flags import list_flags
from tests.support.browsing import PAGES, Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, read_page, words_of


def test_a_device_shows_its_verdict_its_evidence_and_each_field_it_sent(served: Served) -> None:
    html = read_page(served, PAGES["device"])

    words = words_of(html)
    assert heading_of(html).startswith("Replace the battery: its charge is down to ")
    assert "Holds, in the middle 57" in words
    assert "Last on Tue 24 Nov 2026" in words
    assert "Rule: median under 60 % of design" in words
    assert "What the battery holds when full today." in words
    assert "not measured" in words
    assert '<script type="application/json" id="chart-numbers">' in html


def test_the_numbers_of_the_chart_stand_in_a_table_too(served: Served) -> None:
    html = read_page(served, PAGES["device"])

    table = html[html.index("The same as a table") : html.index("Measured by") + 60_000]
    assert table.count("<tr>") > 40
    assert "event log" in table


def test_a_device_is_found_by_its_tag_and_shown_at_its_id(served: Served) -> None:
    with client_of(served) as client, served.engine.connect() as connection:
        answer = client.get("/devices/NB-11")
        device = find_device(connection, Scope.all(), "NB-11")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/devices/{device.device_id}")


def test_a_decision_is_shown_with_its_reason_and_undone_with_one_press(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        with served.engine.connect() as connection:
            flag = next(one for one in list_flags(connection, Scope.all()) if one.finding == "failing_disk")
        address = f"/flags/{flag.flag}/decisions"

        taken = client.post(address, data={"action": "accept", "reason": "new disk <ordered>"})
        shown = client.get(f"/devices/{flag.device_id}").text
        undone = client.post(address, data={"action": "reopen"}, follow_redirects=True).text
        tomorrow = (seed.NOW + timedelta(days=1)).date().isoformat()
        rest = {"action": "postpone", "until_on": tomorrow, "reason": "holidays"}
        postponed = client.post(address, data=rest, follow_redirects=True).text

        assert (taken.status_code, taken.headers["location"]) == (303, f"/devices/{flag.device_id}#flags")
        assert "accepted by Tom: “new disk &lt;ordered&gt;”" in shown
        assert 'value="reopen">Undo' in shown
        assert 'value="accept" formnovalidate>Accept' in undone
        assert "postponed by Tom until Wed 25 Nov 2026" in words_of(postponed)


def test_a_viewer_sees_no_buttons_to_decide_and_cannot_press_them(served: Served) -> None:
    html = read_page(served, PAGES["device"], "viewer")
    with client_of(served, "viewer") as client:
        answer = client.post("/flags/1/decisions", data={"action": "accept"})

    assert "/decisions" not in html
    assert answer.status_code == 403
    assert heading_of(answer.text) == "You may look, but not do this"


def test_a_name_in_other_letters_leads_to_its_device(served: Served) -> None:
    with client_of(served) as client, served.engine.connect() as connection:
        device = find_device(connection, Scope.all(), "NB-11")
        answers = [client.get(f"/devices/nb-11{rest}") for rest in ("", "/dossier")]

    assert [answer.headers["location"] for answer in answers] == [
        f"/devices/{device.device_id}",
        f"/devices/{device.device_id}/dossier",
    ]


def test_a_name_that_nobody_bears_shows_those_that_are_like_it(served: Served) -> None:
    with client_of(served) as client:
        alike, lost = client.get("/devices/nb-1"), client.get("/devices/nobody's/dossier")

    assert (alike.status_code, heading_of(alike.text)) == (404, "No device is called 'nb-1'")
    assert ">NB-11</a>" in alike.text
    assert (lost.status_code, heading_of(lost.text)) == (404, "No device is called 'nobody's'")
    assert "never enrolled or listed" in words_of(lost.text)
