"""Today says what needs somebody this morning, worst first."""

import re
from html import unescape
from pathlib import Path

import sqlalchemy as sa

from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster import import_roster
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.publishers.identities import set_credential
from rollcall_collector.store.tables import holidays
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.fleets.short_cart import make_carts_short
from tests.support.reading import client_of, heading_of, read_page, words_of


def test_today_says_how_many_things_need_somebody_worst_first(served: Served) -> None:
    html = read_page(served, "/")

    lines = re.findall(r"<strong>(.*?)</strong>", html)
    assert heading_of(html) == "11 things need you"
    assert lines[0].startswith("Version 142.0.1 broke Chromebook 511")
    assert "2 devices to replace: more failures than peers" in lines
    assert html.index("<summary>4 more things</summary>") > html.index(lines[6])
    assert "2 devices to claim: more failures than peers" in lines
    assert "NB-04: Replace the disk: on 23 Nov 2026 its own health check says that it is failing." in lines
    assert "54 of 54 expected · 2 more not heard for four weeks" in words_of(html)


def test_on_a_day_without_school_nobody_is_expected(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        with served.engine.begin() as connection:
            connection.execute(sa.insert(holidays).values(site=1, on=to_day(seed.NOW.date()), name="Snow"))
        words = words_of(read_page(served, "/"))

    assert words.count("none expected") == words.count("no school today") == 1
    assert "16 of 16 expected" in words or "54 of 54 expected" in words


def test_today_names_a_model_of_which_many_fail_at_once(served: Served) -> None:
    words = words_of(read_page(served, "/"))

    assert "Version 142.0.1 broke Chromebook 511: 15 devices crashed 15 times since Mon 26 Oct" in words
    assert "Not charged to the devices." in words
    assert "broke ProBook Fortis 11" not in words


def test_see_which_opens_exactly_those(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        make_carts_short(served.engine, 2)
        html = read_page(served, "/")
        lines = re.findall(r'<strong>([^<]*)</strong>(?:(?!<strong>).)*href="([^"]*)">See which</a>', html, re.DOTALL)

        opened = [heading_of(read_page(served, unescape(address))) for _, address in lines]

    assert {address.split("?")[0] for _, address in lines} == {"/devices", "/carts"}
    assert [said.split()[0] for said in opened] == [said.split()[0] for said, _ in lines]


def test_every_thing_stands_on_the_page_and_no_kind_twice(served: Served) -> None:
    html = read_page(served, "/")

    lines = re.findall(r"<strong>(.*?)</strong>", html)
    assert heading_of(html) == f"{len(lines)} things need you"
    kinds = [line.split(" ", 1)[1] for line in lines if line[0].isdigit()]
    assert len(kinds) == len(set(kinds))


def test_accepted_work_is_a_list_and_no_longer_a_thing(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as client:
        before = heading_of(client.get("/").text)
        with served.engine.connect() as connection:
            flag = next(one for one in list_flags(connection, Scope.all()) if one.finding == "failing_disk")
        client.post(f"/flags/{flag.flag}/decisions", data={"action": "accept", "reason": "disk ordered"})

        html = client.get("/").text
        listed = client.get("/devices?flag=accepted").text

    assert int(heading_of(html).split()[0]) <= int(before.split()[0])
    assert "1 device waits for accepted work. See the to-do list" in words_of(html)
    assert heading_of(listed) == "1 device on the to-do list"
    assert f">{flag.device_name}</a>" in listed


def test_the_first_thing_after_a_list_is_to_enroll_its_devices(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served:
        lines = [f"SN{number},T{number},Hill School,Cart B" for number in range(7)]
        import_roster(
            served.engine,
            Scope.all(),
            "\n".join(["serial,asset tag,site,cart", *lines]).encode(),
            new_site=NewSite(zone="UTC"),
        )
        listed = read_page(served, "/")
        with served.engine.begin() as connection:
            set_credential(connection, name="d-1", device=1, platform=None, secret_hash="$7$", now_us=1)
        enrolled = read_page(served, "/")

    assert heading_of(listed) == "1 thing needs you"
    assert "7 devices are listed, none is enrolled" in words_of(listed)
    assert 'href="/enroll">Add devices</a>' in listed
    assert "7 devices are listed, 1 enrolled, none has been heard" in words_of(enrolled)
    assert "no device has gone quiet" not in listed + enrolled
