"""Reads pages as a person would: by their heading and their words."""

import html as markup
import re

import httpx

from rollcall_collector.api.session import COOKIE_PLAIN
from rollcall_collector.identity.people import Role
from tests.support.browsing import Served


def client_of(served: Served, role: Role = "technician") -> httpx.Client:
    """Somebody who is signed in, without a browser."""
    return httpx.Client(base_url=served.url, cookies={COOKIE_PLAIN: served.sessions[role]}, timeout=20)


def read_page(served: Served, address: str, role: Role = "technician") -> str:
    """The page's HTML, wherever it leads to."""
    with client_of(served, role) as client:
        answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def heading_of(html: str) -> str:
    """The page's answer."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert found is not None
    return words_of(found[1])


def words_of(html: str) -> str:
    """All its words, one blank between them."""
    return " ".join(markup.unescape(re.sub(r"<[^>]*>", " ", html)).split())
