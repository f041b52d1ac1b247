"""Decisions are taken on the pages with their outcome, and lead back to where one was: never to another site."""

from pathlib import Path
from typing import Any

import pytest

from rollcall_collector.model.flag import Flag
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.judged.flags import find_flag, list_flags
from rollcall_dashboards.shared.local_address import local_address
from tests.support.browsing import Served, serving
from tests.support.reading import client_of, words_of


def _flag(served: Served, name: str) -> Flag:
    with served.engine.connect() as connection:
        return next(one for one in list_flags(connection, Scope.all()) if one.device_name == name)


def _decided(served: Served, flag: Flag) -> Any:
    with served.engine.connect() as connection:
        last = find_flag(connection, Scope.all(), flag.flag).decisions[-1]
    return last.action, last.outcome, last.replaced_by


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/replace",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "replace",
        "",
        "/replace\r\nset-cookie: a=b",
    ],
)
def test_no_form_leads_to_another_site(address: str) -> None:
    assert local_address(address) is None


@pytest.mark.parametrize("address", ["/replace?budget=800&site=Oak+%26+Elm", "/devices/d-1#flags", "/"])
def test_a_page_of_ours_is_a_way_back(address: str) -> None:
    assert local_address(address) == address


def test_a_foreign_way_back_is_left_out_and_the_decision_kept(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        flag = _flag(served, "NB-04")

        answer = client.post(
            f"/flags/{flag.flag}/decisions", data={"action": "accept", "back": "//evil.example/replace"}
        )

        assert (answer.status_code, answer.headers["location"]) == (303, f"/devices/{flag.device_id}#flags")
        assert _decided(served, flag) == ("accept", None, None)


def test_what_was_replaced_says_by_what_and_how_to_retire_the_old_one(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        flag = _flag(served, "CB-07")

        client.post(f"/flags/{flag.flag}/decisions", data={"action": "finish", "replaced_by": " SN-204 "})
        shown = words_of(client.get(f"/devices/{flag.device_id}").text)
        client.post(f"/flags/{flag.flag}/decisions", data={"action": "reopen"})
        undone = words_of(client.get(f"/devices/{flag.device_id}").text)

        assert "Done by Tom: replaced by SN-204" in shown
        assert "SN-204 has taken its place." in shown
        assert f"rollcall publishers retire {flag.device_id}" in shown
        assert "has taken its place" not in undone
        assert "Opened again by Tom" in undone


def test_how_it_ended_counts_only_for_what_is_done(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        flag = _flag(served, "NB-04")
        address = f"/flags/{flag.flag}/decisions"

        client.post(address, data={"action": "accept", "outcome": "repaired"})
        accepted = _decided(served, flag)
        refused = client.post(address, data={"action": "finish", "outcome": "repaired", "replaced_by": "SN-1"})
        client.post(address, data={"action": "finish", "outcome": "repaired"})

        assert accepted == ("accept", None, None)
        assert refused.status_code == 422
        assert "Only a replacement or a claim has a new device" in words_of(refused.text)
        assert _decided(served, flag) == ("finish", "repaired", None)


def test_where_one_dismisses_it_says_when_it_is_asked_again(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        unreliable, disk = (
            client.get(f"/devices/{_flag(served, name).device_id}").text for name in ("CB-07", "NB-04")
        )

        assert "not asked again unless new failures alone would name it" in words_of(unreliable)
        assert "it stays closed, whatever the same evidence says" in words_of(disk)
        assert "new failures alone" not in words_of(disk)


def test_who_is_dismissed_stays_named_with_the_reason_and_without_one_nothing_is_dismissed(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        flag = _flag(served, "NB-04")
        address = f"/flags/{flag.flag}/decisions"

        silent = client.post(address, data={"action": "dismiss", "reason": "  "})
        client.post(address, data={"action": "dismiss", "reason": "it is a spare"})
        shown = words_of(client.get(f"/devices/{flag.device_id}").text)

        assert silent.status_code == 422
        assert "to dismiss a flag needs a reason" in words_of(silent.text)
        assert "Named, dismissed by Tom on 24 Nov 2026: “it is a spare”." in shown
