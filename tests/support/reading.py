"""Reads pages as a person would: by their heading and their words."""

import html as markup
import re

import httpx

from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.identity.people import Role
from tests.support.browsing import Served, address_of, role_for


def client_of(served: Served, role: Role | None = "technician") -> httpx.Client:
    """Somebody who is signed in (with None: somebody who is not), without a browser."""
    cookies = {} if role is None else {COOKIE_PLAIN: served.sessions[role]}
    return httpx.Client(base_url=served.url, cookies=cookies, timeout=20)


def read_page(served: Served, address: str, role: Role | None = None) -> str:
    """The HTML of a page by its name or address, wherever that leads to."""
    with client_of(served, role or role_for(address)) as client:
        answer = client.get(address_of(served.engine, address), follow_redirects=True)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def heading_of(html: str) -> str:
    """The page's answer."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert found is not None
    return words_of(found[1])


def words_of(html: str) -> str:
    """All its words, one blank between them."""
    return " ".join(markup.unescape(re.sub(r"<[^>]*>", " ", html)).split())
