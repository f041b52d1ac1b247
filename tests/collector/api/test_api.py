"""The API answers in the words of the pages, to whom it may, and says the way out of every error."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rollcall_collector.api.app import API, create_api
from rollcall_collector.api.http.guard import is_foreign_write
from rollcall_collector.api.http.server import bind_free
from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.identity.people import Role
from tests.support.browsing import Served, services_for, serving
from tests.support.fleets import seed

OPEN = {
    ("POST", "/enroll"),
    ("POST", "/broker/{form}/{asked}"),
    ("PUT", "/bridges/devices"),
    ("PUT", "/bridges/checks"),
    ("GET", "/bridges/roll-call"),
    ("GET", "/health/live"),
}
"""The endpoints that ask nobody who they are; everything else does."""
QUESTIONS = {("POST", "/carts/{cart}/roll-call")}
"""Writes that decide nothing: whoever may look at a cart may have its iPads asked."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("api")) as running:
        yield running


def _client(served: Served, role: Role | None = "technician") -> httpx.Client:
    cookies = {} if role is None else {COOKIE_PLAIN: served.sessions[role]}
    return httpx.Client(base_url=f"{served.url}{API}", cookies=cookies, timeout=20)


def _read(served: Served, address: str, role: Role | None = "technician") -> Any:
    with _client(served, role) as client:
        answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _endpoints(served: Served) -> list[tuple[str, str]]:
    described = create_api(services_for(served.engine)).openapi()
    return [(method.upper(), path) for path, methods in described["paths"].items() for method in methods]


def _filled(path: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "1", path)


def test_every_endpoint_asks_who_is_there_but_the_open_ones(served: Served) -> None:
    endpoints = _endpoints(served)

    with _client(served, None) as client:
        answers = {(method, path): client.request(method, _filled(path)) for method, path in endpoints}

    refused = {one for one, answer in answers.items() if answer.json().get("error") == "not_signed_in"}
    assert refused == set(endpoints) - OPEN
    assert len(refused) >= 12
    assert all(answers[one].status_code == 401 for one in refused)


@pytest.mark.parametrize(("role", "may_write"), [("viewer", False), ("technician", True), ("admin", True)])
def test_viewers_read_and_technicians_decide(served: Served, role: Role, may_write: bool) -> None:
    endpoints = [one for one in _endpoints(served) if one not in OPEN]

    with _client(served, role) as client:
        answers = {one: client.request(one[0], _filled(one[1])) for one in endpoints}

    forbidden = {one for one, answer in answers.items() if answer.status_code == 403}
    writes = {one for one in endpoints if one[0] != "GET"} - QUESTIONS
    assert writes
    assert forbidden == (set() if may_write else writes)
    assert all(answers[one].json()["error"] == "not_allowed" for one in forbidden)


@pytest.mark.parametrize(
    ("address", "status", "error"),
    [
        ("/devices/nobody", 404, "unknown_device"),
        ("/devices/nobody/boots", 404, "unknown_device"),
        ("/carts/999", 404, "unknown_name"),
        ("/flags/999", 404, "unknown_name"),
        ("/devices?page=0", 422, "wrong_shape"),
        ("/devices?verdict=wonderful", 422, "wrong_shape"),
        ("/carts/B", 422, "wrong_shape"),
        ("/nothing", 404, "not_found"),
    ],
)
def test_every_error_has_one_shape(served: Served, address: str, status: int, error: str) -> None:
    with _client(served) as client:
        answer = client.get(address)

    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert set(answer.json()) == {"error", "detail"}
    assert answer.json()["detail"].endswith((".", "it", "id", "them", "are"))


def test_a_wrong_method_and_a_body_too_large_have_that_shape_too(served: Served) -> None:
    with _client(served) as client:
        method = client.delete("/devices")
        large = client.post(
            "/flags/1/decisions", content=b"x" * 2_000_000, headers={"content-type": "application/json"}
        )

    assert (method.status_code, set(method.json())) == (405, {"error", "detail"})
    assert (large.status_code, set(large.json())) == (413, {"error", "detail"})


def test_devices_are_found_filtered_sorted_and_paged(served: Served) -> None:
    first = _read(served, "/devices?page_size=10")
    second = _read(served, "/devices?page_size=10&page=2")
    battery = _read(served, "/devices?text=fortis nb-11")
    repair = _read(served, "/devices?verdict=repair")
    newest = _read(served, "/devices?sort=name&order=descending&page_size=1")

    assert (first["total"], first["pages"], len(first["devices"])) == (78, 8, 10)
    assert not {one["device_id"] for one in first["devices"]} & {one["device_id"] for one in second["devices"]}
    assert [one["name"] for one in battery["devices"]] == ["NB-11"]
    assert {one["name"] for one in repair["devices"]} == {"NB-04", "NB-09", "NB-11", "NB-17", "CB-28"}
    assert newest["devices"][0]["name"] == "SC-16"


def test_silent_devices_are_told_from_those_never_heard(served: Served) -> None:
    silent = _read(served, "/devices?heard=silent")
    never = _read(served, "/devices?heard=never")

    assert {one["name"] for one in silent["devices"]} >= {"NB-25", "CB-05"}
    assert [one["name"] for one in never["devices"]] == ["PC-06"]
    assert never["devices"][0]["last_heard_at"] is None


def test_a_device_tells_its_starts_and_failures_and_null_is_not_zero(served: Served) -> None:
    device = _read(served, "/devices/NB-04")
    boots = _read(served, f"/devices/{device['device_id']}/boots?at_most=5")
    failures = _read(served, f"/devices/{device['device_id']}/failures")
    desktop = _read(served, "/devices/PC-01")
    days = _read(served, "/devices/PC-01/days")

    assert device["vitals"]["battery_design_wh"] == 46.0
    assert len(boots) == 5
    assert boots[0]["booted_at"] > boots[-1]["booted_at"]
    assert boots[0]["source"] == "event_log"
    assert [(one["channel"], one["code"]) for one in failures] == [("storage", "smart_failing")]
    assert "battery_level_percent" not in desktop["vitals"]
    assert days[0]["battery_full_wh"] is None


def test_carts_say_for_each_slot_whether_it_is_ready_and_why(served: Served) -> None:
    carts = {one["cart"]["name"]: one for one in _read(served, "/carts")["carts"]}
    south = _read(served, "/carts?site=South School")["carts"]

    cart = carts["Cart B"]
    states = {slot["member"]["name"]: slot["state"] for slot in cart["slots"] if slot["member"]}
    assert set(carts) == {"Cart A", "Cart B", "Cart C"}
    assert cart["ready"] == sum(state == "ready" for state in states.values())
    assert states["NB-25"] == "missing"
    marks = {slot["member"]["name"]: slot["mark"] for slot in cart["slots"] if slot["member"]}
    assert (states["NB-04"], marks["NB-04"]) == ("ready", "repair")
    assert marks["NB-01"] is None
    assert all(slot["reason"] for slot in cart["slots"])
    assert [one["cart"]["name"] for one in south] == ["Cart C"]
    assert _read(served, f"/carts/{cart['cart']['cart']}") == cart


def test_flags_are_told_page_by_page_until_no_next_one_is_named(served: Served) -> None:
    every, found = _read(served, "/flags?state=open&state=accepted"), []
    with _client(served) as client:
        address: str | httpx.URL = "/flags?state=open&state=accepted&page_size=2"
        while address:
            answer = client.get(address)
            found += answer.json()
            following = answer.links.get("next")
            address = answer.url.join(following["url"]) if following else ""

    assert len(every) > 4
    assert found == every


def test_carts_come_by_site_and_name_a_page_at_a_time(served: Served) -> None:
    whole = _read(served, "/carts")

    first, last, beyond = (_read(served, f"/carts?page_size=2&page={page}") for page in (1, 2, 3))

    assert first["carts"] + last["carts"] == whole["carts"]
    assert [one["cart"]["name"] for one in first["carts"]] == ["Cart A", "Cart B"]
    assert beyond["carts"] == []
    assert (whole["total"], whole["pages"], whole["page_size"]) == (3, 1, 20)
    assert {(one["total"], one["pages"]) for one in (first, last, beyond)} == {(3, 2)}


def test_a_decision_is_kept_with_its_author_and_can_be_undone(tmp_path: Path) -> None:
    with serving(tmp_path) as served, _client(served) as client:
        flag = next(one for one in client.get("/flags").json() if one["finding"] == "failing_disk")
        address = f"/flags/{flag['flag']}/decisions"

        accepted = client.post(address, json={"action": "accept", "reason": "disk is ordered"})
        twice = client.post(address, json={"action": "accept"})
        dayless = client.post(address, json={"action": "postpone", "reason": "holidays"})
        silent = client.post(address, json={"action": "dismiss"})
        undone = client.post(address, json={"action": "reopen"})

        assert (accepted.status_code, accepted.json()["state"]) == (201, "accepted")
        assert accepted.json()["decisions"][0]["author"] == "Tom"
        assert accepted.json()["decisions"][0]["decided_at"] == seed.NOW.isoformat().replace("+00:00", "Z")
        assert (twice.status_code, twice.json()["error"]) == (409, "flag_moved")
        assert (dayless.status_code, dayless.json()["error"]) == (409, "flag_moved")
        assert (silent.status_code, silent.json()["error"]) == (422, "reason_missing")
        assert "say why" in silent.json()["detail"]
        assert undone.json()["state"] == "open"
        assert [one["action"] for one in undone.json()["decisions"]] == ["accept", "reopen"]


def test_a_finish_keeps_its_outcome_and_the_new_device(tmp_path: Path) -> None:
    with serving(tmp_path) as served, _client(served) as client:
        flag = next(one for one in client.get("/flags").json() if one["finding"] == "failing_disk")
        address = f"/flags/{flag['flag']}/decisions"

        unfinished = client.post(address, json={"action": "accept", "outcome": "repaired"})
        unknown = client.post(address, json={"action": "finish", "outcome": "thrown away"})
        replaced = client.post(address, json={"action": "finish", "outcome": "replaced", "replaced_by": "SN-9"})

        last = replaced.json()["decisions"][-1]
        assert (unfinished.status_code, unknown.status_code) == (409, 422)
        assert (last["action"], last["outcome"], last["replaced_by"]) == ("finish", "replaced", "SN-9")


def test_sites_and_health_tell_what_is_known(served: Served) -> None:
    sites = _read(served, "/sites")
    health = _read(served, "/health")

    assert {one["name"]: one["devices"] for one in sites} == {"Hill School": 6, "North School": 56, "South School": 16}
    assert health["refused"][0]["reason"] == "clock_wrong"
    assert "clock" in health["refused"][0]["way_out"]
    assert health["publishers"]["ready"] == 75
    assert sum(health["reports_by_day"].values()) > 1000


def test_the_watchdog_needs_no_session_and_learns_nothing_else(served: Served) -> None:
    assert _read(served, "/health/live", None) == {"is_alive": True}


def test_the_description_lists_every_resource_to_who_is_signed_in(served: Served) -> None:
    described = _read(served, "/openapi.json")
    with _client(served, None) as client:
        hidden = client.get("/openapi.json")

    tags = {said["tags"][0] for methods in described["paths"].values() for said in methods.values()}
    assert tags >= {"devices", "boots", "failures", "carts", "flags", "models", "sites", "health", "enrollment"}
    assert hidden.status_code == 401


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://rollcall.example:8460"}, False),
        ({}, False),
    ],
)
def test_a_write_that_another_site_sends_is_refused(headers: dict[str, str], is_refused: bool) -> None:
    sent = {"host": "rollcall.example:8460"} | headers

    assert is_foreign_write("POST", sent) == is_refused
    assert not is_foreign_write("GET", sent)


def test_a_foreign_write_changes_nothing_and_is_told_why(served: Served) -> None:
    with _client(served) as client:
        answer = client.post(
            "/flags/1/decisions", json={"action": "accept"}, headers={"origin": "https://evil.example"}
        )
        flag = client.get("/flags/1").json()

    assert (answer.status_code, answer.json()["error"]) == (403, "foreign_site")
    assert flag["state"] == "open"


def test_enrollment_may_be_asked_for_from_an_extensions_own_origin(served: Served) -> None:
    origin = {"origin": "chrome-extension://pimbohbcnebkpcmfodhmmigbkaffdnoe", "sec-fetch-site": "cross-site"}

    with _client(served) as client:
        asked = {"token": "no-such-token", "hardware_id": "a" * 64, "inventory": {"platform": "chromeos"}}
        answer = client.post("/enroll", json=asked, headers=origin)
        elsewhere = client.put("/bridges/devices", json={}, headers=origin)

    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["error"] == "bad_token"
    assert elsewhere.json()["error"] == "foreign_site"
    assert "access-control-allow-origin" not in elsewhere.headers


def test_answers_carry_the_safe_headers(served: Served) -> None:
    with _client(served, None) as client:
        headers = client.get("/health/live").headers

    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "private, no-cache"
    assert "server" not in headers


def test_a_made_up_or_ended_session_opens_nothing(served: Served) -> None:
    with httpx.Client(base_url=f"{served.url}{API}", cookies={COOKIE_PLAIN: "made-up"}) as client:
        answer = client.get("/devices")

    assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in")


def test_a_port_that_is_taken_is_replaced_by_a_free_one() -> None:
    first = bind_free("127.0.0.1", 0)
    taken = first.getsockname()[1]

    second = bind_free("127.0.0.1", taken)

    assert second.getsockname()[1] != taken
    first.close()
    second.close()
