"""Every page answers the question it is there for, without scripts, whatever a device calls itself."""

from html.parser import HTMLParser

import pytest

from tests.support.browsing import PAGES, Served
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, read_page, words_of

VOID = {"meta", "link", "input", "br", "img", "hr"}
BEHIND_THE_DOOR = [address for name, address in PAGES.items() if name != "sign_in"]


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


@pytest.mark.parametrize("address", BEHIND_THE_DOOR)
def test_every_page_answers_in_its_heading_and_is_well_formed(served: Served, address: str) -> None:
    outline = _outline(html := read_page(served, address, "admin"))

    tags = [tag for tag, _ in outline.tags]
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert tags.count("h1") == 1
    assert heading_of(html)
    assert "main" in tags
    assert len(ids) == len(set(ids))
    assert all(attrs.get("lang") == "en" for tag, attrs in outline.tags if tag == "html")


@pytest.mark.parametrize("address", BEHIND_THE_DOOR)
def test_no_page_fetches_from_elsewhere_or_holds_scripts_and_styles(served: Served, address: str) -> None:
    outline = _outline(read_page(served, address, "admin"))

    for tag, attrs in outline.tags:
        assert not [name for name in attrs if name.startswith("on") or name == "style"], (tag, attrs)
        for name in ("src", "href", "action", "hx-get"):
            assert not (attrs.get(name) or "").startswith(("http:", "https:", "//", "javascript:")), (tag, attrs)
        if tag == "script":
            assert attrs.get("src") or attrs.get("type") == "application/json"


@pytest.mark.parametrize("address", [one for one in BEHIND_THE_DOOR if not one.startswith("/c/")])
def test_who_is_not_signed_in_is_led_to_the_door(served: Served, address: str) -> None:
    with client_of(served, None) as client:
        answer = client.get(address.format(worn="x", lemon="y"))

    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


def test_what_a_device_calls_itself_is_text_and_never_markup(served: Served) -> None:
    pages = [read_page(served, address) for address in ("/devices?page=2", "/devices?text=PC-02", "/")]

    with client_of(served) as client:
        device = client.get("/devices/PC-02", follow_redirects=True).text
    assert seed.HOSTILE not in "".join(pages) + device
    assert all("&lt;script&gt;alert(1)&lt;/script&gt;" in html for html in (*pages[:2], device))


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
    html = read_page(empty, address)

    assert heading_of(html) == heading
    assert command in words_of(html)


@pytest.mark.parametrize("address", ["/nothing", "/devices/nobody", "/carts/999", "/static/nothing.css"])
def test_an_address_that_leads_nowhere_shows_the_way_out(served: Served, address: str) -> None:
    with client_of(served) as client:
        answer = client.get(address)

    assert answer.status_code == 404
    if not address.startswith("/static"):
        assert 'href="/devices"' in answer.text


def test_static_files_may_be_kept_and_carry_their_licences(served: Served) -> None:
    with client_of(served, None) as client:
        style = client.get("/static/rollcall.css")
        licences = [client.get(f"/static/vendor/{name}/LICENSE") for name in ("htmx", "uplot")]

    assert "max-age=604800" in style.headers["cache-control"]
    assert [one.status_code for one in licences] == [200, 200]
