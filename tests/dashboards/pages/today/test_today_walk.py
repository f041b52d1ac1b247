"""Nothing open is out of reach of Today, and working through it makes it shorter, never longer."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, insert, select

from rollcall_collector.model.flag import Action, Finding, Flag
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.judged.flags import keep_findings, list_flags
from rollcall_collector.store.tables import judging_runs
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, words_of

CLICKS = 3


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A district of which some devices are flagged for two things, and one kind fills more than a page."""
    with serving(tmp_path) as served:
        with served.engine.begin() as connection:
            for number in range(1, 28):
                _flag(connection, f"CB-{number:02d}", "support_end", "refresh")
            for name in ("NB-04", "NB-11", "NB-17", "PC-03"):
                _flag(connection, name, "slow_start", "watch")
        yield served


def _flag(connection: Connection, name: str, finding: str, verdict: str) -> None:
    found = Finding(finding=finding, verdict=verdict, sentence=f"{name} is {finding}.", evidence={})  # type: ignore[arg-type]  # a verdict
    device = find_device(connection, Scope.all(), name).device
    keep_findings(connection, device, [found], rules=[finding], now=seed.NOW)


def _open_flags(served: Served) -> tuple[Flag, ...]:
    with served.engine.connect() as connection:
        return list_flags(connection, Scope.all())


def _links(html: str) -> set[str]:
    """Where a click in the page's own content leads."""
    content = html.split("<main", 1)[1].split("</main>", 1)[0]
    found = (unescape(link).split("#")[0] for link in re.findall(r'<a [^>]*href="(/[^"]*)"', content))
    return {link for link in found if not link.startswith(("/import", "/enroll")) and ".csv" not in link}


def _walk(client: httpx.Client) -> set[str]:
    """Every address that is at most three clicks from Today, by lines, lists and pages of lists."""
    seen, newest = {"/"}, {"/"}
    for click in range(CLICKS):
        pages = {link for link in newest if click == 0 or not re.fullmatch(r"/devices/[^/?]+", link)}
        newest = {link for page in pages for link in _links(client.get(page, follow_redirects=True).text)} - seen
        if click == 0:
            newest = {link for link in newest if not link.startswith("/devices?site=")}  # the quiet strips of sites
        else:
            newest = {link for link in newest if re.match(r"/devices/|/devices\?.*page=", link)}
        seen |= newest
    return seen


def _decide(client: httpx.Client, flag: Flag, action: Action) -> None:
    said = {"action": action, "reason": "seen", "until_on": "2026-12-24"}
    assert client.post(f"/flags/{flag.flag}/decisions", data=said).status_code == 303


def _counter(client: httpx.Client) -> int:
    """How many things Today names, but not the carts that devices leave for their repair: a fact, no proposal."""
    html = client.get("/").text
    number = heading_of(html).split()[0]
    return (0 if number == "Nothing" else int(number)) - html.count("ready</strong>")


def test_every_open_flag_is_reached_from_today_in_three_clicks(own: Served) -> None:
    with client_of(own) as client:
        reached = _walk(client)

    assert len(_open_flags(own)) > 40
    assert {flag.device_name for flag in _open_flags(own) if f"/devices/{flag.device_id}" not in reached} == set()


def test_what_is_open_beside_a_decision_is_still_reached(own: Served) -> None:
    with client_of(own) as client:
        for flag in [flag for flag in _open_flags(own) if flag.finding != "slow_start"][:30]:
            _decide(client, flag, "accept")

        html, reached = client.get("/").text, _walk(client)
        listed = heading_of(client.get("/devices?flag=beside").text)

    left = _open_flags(own)
    assert {flag.device_name for flag in left if f"/devices/{flag.device_id}" not in reached} == set()
    number = re.search(r"(\d+) devices have more open beside what was decided", words_of(html))
    assert number is not None
    assert listed.split()[0] == number[1]


@pytest.mark.parametrize("action", ["accept", "postpone", "dismiss", "finish"])
def test_no_decision_makes_the_list_of_things_longer(own: Served, action: Action) -> None:
    with client_of(own) as client:
        counts = [_counter(client)]
        for flag in sorted(_open_flags(own), key=lambda flag: flag.flag):
            _decide(client, flag, action)
            counts.append(_counter(client))

    assert counts == sorted(counts, reverse=True)
    assert counts[-1] <= counts[0] - 6


def test_a_decision_taken_back_is_asked_about_again(own: Served) -> None:
    with client_of(own) as client:
        before = _counter(client)
        flag = next(flag for flag in _open_flags(own) if flag.finding == "failing_disk")
        _decide(client, flag, "accept")
        _decide(client, flag, "reopen")

        assert _counter(client) == before
        assert "more open beside" not in words_of(client.get("/").text)


def test_what_the_first_judging_finds_is_new_to_nobody(own: Served) -> None:
    with client_of(own) as client:
        words = words_of(client.get("/").text)

    assert "flags opened" not in words
    assert "new since yesterday" not in words


def test_what_the_judge_opened_and_closed_since_yesterday_is_said(own: Served) -> None:
    with own.engine.begin() as connection:
        device = find_device(connection, Scope.all(), "NB-04").device
        keep_findings(connection, device, [], rules=["slow_start"], now=seed.NOW)
        at_first = dict(connection.execute(select(judging_runs)).mappings().first() or {})
        at_first |= {"run": 0, "judged_us": to_us(seed.NOW - timedelta(days=3))}
        connection.execute(insert(judging_runs).values(at_first))

    with client_of(own) as client:
        words = words_of(client.get("/").text)

    news = re.search(r"Since Mon 23 Nov, 09:40: (\d+) flags opened, 1 closed", words)
    assert news is not None
    assert int(news[1]) == len(_open_flags(own))
    assert "Closed: the judge finds it no more: 1 NB-04 North School · Tue 24 Nov, 09:40 NB-04 is slow_start." in words
