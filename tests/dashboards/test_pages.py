"""Every page answers the question it is there for, without scripts, whatever a device calls itself."""

import csv
import dataclasses
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from rollcall_collector.api.session import COOKIE_PLAIN
from rollcall_collector.identity.people import Role, create_link
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.flags import list_flags
from rollcall_collector.store.identities import update_device
from rollcall_wire.privacy import NEVER
from rollcall_wire.reports import KINDS
from tests.support import seed
from tests.support.browsing import PAGES, Served, address_of, serving

VOID = {"meta", "link", "input", "br", "img", "hr"}
BEHIND_THE_DOOR = [address for name, address in PAGES.items() if name != "sign-in"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("empty"), is_seeded=False) as running:
        yield running


def _client(served: Served, role: Role | None = "technician") -> httpx.Client:
    cookies = {} if role is None else {COOKIE_PLAIN: served.sessions[role]}
    return httpx.Client(base_url=served.url, cookies=cookies, timeout=20)


def _page(served: Served, address: str, role: Role = "technician") -> str:
    with _client(served, role) as client:
        answer = client.get(address_of(served.engine, address))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self._inside, f"</{tag}> closes nothing"
        assert self._inside.pop() == tag, f"</{tag}> closes another element at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "title"} & set(self._inside):
            self.words.append(data)


def _outline(html: str) -> _Outline:
    outline = _Outline()
    outline.feed(html)
    outline.close()
    return outline


def _words(html: str) -> str:
    return " ".join(" ".join(_outline(html).words).split())


def _heading(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, flags=re.DOTALL)
    assert found is not None
    return found[1].strip()


@pytest.mark.parametrize("address", BEHIND_THE_DOOR)
def test_every_page_answers_in_its_heading_and_is_well_formed(served: Served, address: str) -> None:
    outline = _outline(html := _page(served, address))

    tags = [tag for tag, _ in outline.tags]
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert tags.count("h1") == 1
    assert _heading(html)
    assert "main" in tags
    assert len(ids) == len(set(ids))
    assert all(attrs.get("lang") == "en" for tag, attrs in outline.tags if tag == "html")


@pytest.mark.parametrize("address", BEHIND_THE_DOOR)
def test_no_page_fetches_from_elsewhere_or_holds_scripts_and_styles(served: Served, address: str) -> None:
    outline = _outline(_page(served, address))

    for tag, attrs in outline.tags:
        assert not [name for name in attrs if name.startswith("on") or name == "style"], (tag, attrs)
        for name in ("src", "href", "action", "hx-get"):
            assert not (attrs.get(name) or "").startswith(("http:", "https:", "//", "javascript:")), (tag, attrs)
        if tag == "script":
            assert attrs.get("src") or attrs.get("type") == "application/json"


@pytest.mark.parametrize("address", BEHIND_THE_DOOR)
def test_who_is_not_signed_in_is_led_to_the_door(served: Served, address: str) -> None:
    with _client(served, None) as client:
        answer = client.get(address.format(worn="x", lemon="y"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_today_says_how_many_things_need_somebody_worst_first(served: Served) -> None:
    html = _page(served, "/")

    lines = re.findall(r"<strong>(.*?)</strong>", html)
    assert _heading(html) == "16 things need you"
    assert len(lines) == 7
    assert lines[0].startswith("Cart B: only ")
    assert "3 devices to replace: more failures than peers" in lines
    assert "9 more things wait behind these" in _words(html)
    assert any(
        line.startswith("SC-11: Claim it from the vendor: the warranty runs until 1 Aug 2027.") for line in lines
    )
    assert "54 of 54 expected · 2 more not heard for four weeks" in _words(html)


def test_today_names_a_model_of_which_many_fail_at_once(served: Served) -> None:
    words = _words(_page(served, "/"))

    assert "Version 142.0.1 broke Chromebook 511: 15 devices crashed 15 times since Mon 26 Oct" in words
    assert "Not charged to the devices." in words
    assert "broke ProBook Fortis 11" not in words


def test_devices_are_filtered_by_the_address_alone(served: Served) -> None:
    html = _page(served, "/devices?text=fortis&verdict=repair&sort=name")

    names = re.findall(r'<th scope="row"[^>]*><a[^>]*>(.*?)</a>', html)
    assert names == ["NB-04", "NB-09", "NB-11", "NB-17"]
    assert _heading(html) == "4 devices: repair"
    assert '<option value="repair" selected>' in html


def test_a_page_of_devices_leads_to_the_next_and_keeps_the_question(served: Served) -> None:
    html = _page(served, "/devices?sort=name&site=North+School")

    following = re.search(r'rel="next" href="([^"]*)"', html)
    assert following is not None
    second = _page(served, following[1].replace("&amp;", "&"))
    assert "North School" in second
    assert len(re.findall(r'<th scope="row"', html)) == 50
    assert len(re.findall(r'<th scope="row"', second)) == 6


def test_nonsense_in_the_address_is_no_error(served: Served) -> None:
    html = _page(served, "/devices?sort=wat&page=-3&verdict=x&heard=y&unknown=1")

    assert _heading(html) == "78 devices"


def test_a_search_without_result_says_what_to_do(served: Served) -> None:
    words = _words(_page(served, "/devices?text=nothing-is-called-so"))

    assert "0 devices are like this" in words
    assert "Take a filter away" in words


def test_each_row_has_its_days_in_words_too(served: Served) -> None:
    html = _page(served, "/devices?text=NB-04")

    said = re.search(r'<svg class="days"[^>]*role="img" aria-label="([^"]*)"', html)
    assert said is not None
    assert "school days: 1 day with failures" in said[1]


def test_the_export_holds_every_match_and_no_formulas(tmp_path: Path) -> None:
    with serving(tmp_path) as served, _client(served) as client:
        with served.engine.begin() as connection:
            device = find_device(connection, "CB-01")
            update_device(connection, device.device, {"asset_tag": seed.FORMULA}, fill={})
        answer = client.get("/devices.csv?site=North+School")

        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == 56
        assert answer.headers["content-disposition"] == 'attachment; filename="devices.csv"'
        assert f"'{seed.FORMULA}" in {row["asset_tag"] for row in rows}
        assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_what_a_device_calls_itself_is_text_and_never_markup(served: Served) -> None:
    pages = [_page(served, address) for address in ("/devices?page=2", "/devices?text=PC-02", "/")]

    with _client(served) as client:
        device = client.get("/devices/PC-02", follow_redirects=True).text
    assert seed.HOSTILE not in "".join(pages) + device
    assert all("&lt;script&gt;alert(1)&lt;/script&gt;" in html for html in (*pages[:2], device))


def test_a_device_shows_its_verdict_its_evidence_and_each_field_it_sent(served: Served) -> None:
    html = _page(served, PAGES["device"])

    words = _words(html)
    assert _heading(html).startswith("Replace the battery: it holds ")
    assert "Holds, in the middle 57" in words
    assert "Last on Tue 24 Nov 2026" in words
    assert "Rule: median under 60 % of design" in words
    assert "What the battery holds when full today." in words
    assert "not measured" in words
    assert '<script type="application/json" id="chart-numbers">' in html


def test_the_numbers_of_the_chart_stand_in_a_table_too(served: Served) -> None:
    html = _page(served, PAGES["device"])

    table = html[html.index("The same as a table") : html.index("Measured by") + 60_000]
    assert table.count("<tr>") > 40
    assert "event log" in table


def test_a_device_is_found_by_its_tag_and_shown_at_its_id(served: Served) -> None:
    with _client(served) as client, served.engine.connect() as connection:
        answer = client.get("/devices/NB-11")
        device = find_device(connection, "NB-11")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/devices/{device.device_id}")


def test_a_decision_is_shown_with_its_reason_and_undone_with_one_press(tmp_path: Path) -> None:
    with serving(tmp_path) as served, _client(served) as client:
        with served.engine.connect() as connection:
            flag = next(one for one in list_flags(connection) if one.finding == "failing_disk")
        address = f"/flags/{flag.flag}/decisions"

        taken = client.post(address, data={"action": "accept", "reason": "new disk <ordered>"})
        shown = client.get(f"/devices/{flag.device_id}").text
        undone = client.post(address, data={"action": "reopen"}, follow_redirects=True).text
        tomorrow = (seed.NOW + timedelta(days=1)).date().isoformat()
        postponed = client.post(address, data={"action": "postpone", "until_on": tomorrow}, follow_redirects=True).text

        assert (taken.status_code, taken.headers["location"]) == (303, f"/devices/{flag.device_id}#flags")
        assert "accepted by Tom: “new disk &lt;ordered&gt;”" in shown
        assert 'value="reopen">Undo' in shown
        assert 'value="accept">Accept' in undone
        assert "postponed by Tom until Wed 25 Nov 2026" in _words(postponed)


def test_a_viewer_sees_no_buttons_to_decide_and_cannot_press_them(served: Served) -> None:
    html = _page(served, PAGES["device"], "viewer")
    with _client(served, "viewer") as client:
        answer = client.post("/flags/1/decisions", data={"action": "accept"})

    assert "/decisions" not in html
    assert answer.status_code == 403
    assert _heading(answer.text) == "You may look, but not do this"


def test_carts_show_each_slot_with_its_letter_and_how_many_are_ready(served: Served) -> None:
    carts, cart = _page(served, "/carts"), _page(served, "/carts/2")

    assert re.fullmatch(r"\d+ of 72 devices ready in 3 carts", _heading(carts))
    assert re.fullmatch(r"Cart B: \d+ of 26 ready", _heading(cart))
    assert carts.count('class="slot"') == 30 + 30 + 16
    assert "Not heard for" in _words(cart)
    assert _words(cart).count("No device belongs here.") == 4


def test_privacy_lists_every_field_of_the_wire_and_what_never_leaves(served: Served) -> None:
    html = _page(served, "/privacy")

    fields = {field.name for kind in KINDS for field in dataclasses.fields(kind)} - {"kind"}
    assert {name for name in fields if f"<code>{name}</code>" not in html} == set()
    assert all(one in _words(html) for one in NEVER)


def test_health_gives_the_way_out_of_what_was_refused(served: Served) -> None:
    html = _page(served, "/health")

    assert _heading(html) == "3 reports were refused this week"
    assert "replace its clock battery" in _words(html)


@pytest.mark.parametrize(
    ("address", "heading", "command"),
    [
        ("/", "Nothing needs you this morning", "rollcall enroll-token create"),
        ("/devices", "No devices yet", "rollcall enroll-token create"),
        ("/replace", "No devices yet", "rollcall enroll-token create"),
        ("/carts", "No carts yet", "rollcall roster import"),
        ("/health", "Rollcall is well and waits for its first report", "rollcall backup"),
        ("/enroll", "A token, a command, and the device is in", "rollcall-agent enroll"),
    ],
)
def test_an_empty_page_says_what_to_do_first(empty: Served, address: str, heading: str, command: str) -> None:
    html = _page(empty, address)

    assert _heading(html) == heading
    assert command in _words(html)


@pytest.mark.parametrize("address", ["/nothing", "/devices/nobody", "/carts/999", "/static/nothing.css"])
def test_an_address_that_leads_nowhere_shows_the_way_out(served: Served, address: str) -> None:
    with _client(served) as client:
        answer = client.get(address)

    assert answer.status_code == 404
    if not address.startswith("/static"):
        assert 'href="/devices"' in answer.text


def test_a_link_signs_in_once_and_signing_out_ends_it(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, _client(served, None) as client:
        link = create_link(served.engine, "Tom", seed.NOW)

        shown = client.get(f"/sign-in/{link}")
        entered = client.post("/sign-in", data={"link": link})
        inside = client.get("/").status_code
        again = httpx.post(f"{served.url}/sign-in", data={"link": link})
        left = client.post("/sign-out")
        kept = {COOKIE_PLAIN: entered.cookies[COOKIE_PLAIN]}
        outside = httpx.get(f"{served.url}/", cookies=kept).status_code

        cookie = entered.headers["set-cookie"].lower()
        assert "works once" in shown.text
        assert "no-store" in shown.headers["cache-control"]
        assert (entered.status_code, inside) == (303, 200)
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert (again.status_code, _heading(again.text)) == (401, "This link is used up or too old")
        assert (left.status_code, outside) == (303, 303)


def test_opening_the_link_does_not_use_it_up(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, _client(served, None) as client:
        link = create_link(served.engine, "Tom", seed.NOW)

        for _ in range(3):
            client.get(f"/sign-in/{link}")
        entered = client.post("/sign-in", data={"link": link})

        assert entered.status_code == 303


def test_static_files_may_be_kept_and_carry_their_licences(served: Served) -> None:
    with _client(served, None) as client:
        style = client.get("/static/rollcall.css")
        licences = [client.get(f"/static/vendor/{name}/LICENSE") for name in ("htmx", "uplot")]

    assert "max-age=604800" in style.headers["cache-control"]
    assert [one.status_code for one in licences] == [200, 200]
