"""Who scans the code on a cart sees how many are ready and says which one is broken, and learns nothing else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from rollcall_collector.identity.cart_codes import make_code
from rollcall_collector.model.cart import OPEN_MAX
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Lesson
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.carts import cart_members, list_carts
from rollcall_collector.store.sites import set_lessons
from rollcall_collector.store.tables import complaints
from rollcall_collector.store.teachers.complaints import list_complaints
from rollcall_dashboards.pages.cart_code.form_token import is_signed, sign
from rollcall_dashboards.shared import badges
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, words_of

PAGE = f"/c/{seed.CODE}"
CART_B = 2


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("coded"), has_record=False) as running:
        with running.engine.begin() as connection:
            set_lessons(
                connection,
                Scope.all(),
                "North School",
                (Lesson(label="3", starts_minute=610, ends_minute=660),),
            )
        yield running


@pytest.fixture
def teacher(school: Served) -> Iterator[httpx.Client]:
    """Somebody with a telephone, who has no account; what they said is forgotten afterwards."""
    with httpx.Client(base_url=school.url, timeout=30) as client:
        yield client
    with school.engine.begin() as connection:
        connection.execute(complaints.delete())


def token_in(html: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def complain(client: httpx.Client, slot: int | str, trouble: str = "") -> httpx.Response:
    token = token_in(client.get(PAGE).text)
    said = client.post(PAGE, data={"slot": str(slot), "trouble": trouble, "token": token})
    assert said.status_code == 303
    return client.get(said.headers["location"])


def standing(school: Served) -> list[tuple[int | None, str | None]]:
    with school.engine.connect() as connection:
        return [(one.slot, one.trouble) for one in list_complaints(connection, Scope.all())]


def test_a_code_shows_the_cart_as_letters_and_what_comes_next(teacher: httpx.Client) -> None:
    page = teacher.get(PAGE)

    assert page.status_code == 200
    assert re.fullmatch(r"\d+ of 26 ready", heading_of(page.text))
    words = words_of(page.text)
    assert "Cart B" in words
    assert "Next: lesson 3 at 10:10." in words
    assert page.text.count('class="letters card"') == 1
    assert {"R ", "Ready"} <= {found for found in ("R ", "Ready") if found in words}


def test_a_code_tells_nothing_of_the_devices_and_leads_nowhere(school: Served, teacher: httpx.Client) -> None:
    with school.engine.connect() as connection:
        members = cart_members(connection, Scope.all(), (CART_B,))[CART_B]
    wanted = {text for one in members for text in (one.name, one.device_id, one.model, one.platform) if text}
    wanted |= {f"SN{one.name.replace('-', '00')}" for one in members}
    flagged = {badges.verdict(verdict).word for verdict in VERDICTS} - {"Missing"}
    assert any(one.standing for one in members)
    complain(teacher, 7, "screen")

    page = teacher.get(PAGE)

    text = unescape(page.text + str(page.headers)).lower()
    assert [one for one in wanted if one.lower() in text] == []
    assert [word for word in (*flagged, "flag", "proposed", "Tom", "North School") if word.lower() in text] == []
    assert re.findall(r'href="([^"?]+)', page.text) == ["/static/mark.svg", "/static/rollcall.css", "#main"]
    assert seed.CODE not in page.text


def test_a_codes_page_is_not_kept_not_found_and_sends_no_referrer(teacher: httpx.Client) -> None:
    pages = [teacher.get(PAGE), teacher.get("/c/unknown")]

    for page in pages:
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in page.headers["x-robots-tag"]


def test_an_unknown_an_ended_and_a_mangled_code_are_turned_away_alike(school: Served, teacher: httpx.Client) -> None:
    ended = make_code(school.engine, Scope.all(), 1, author="Tom", now=seed.NOW)
    works = teacher.get(f"/c/{ended}").status_code
    with client_of(school) as technician:
        assert technician.post("/carts/1/code/end").status_code == 303

    answers = [teacher.get(f"/c/{secret}") for secret in (ended, "x" * 43, "%00", "ü" * 600)]
    answers.append(teacher.post(f"/c/{ended}", data={"slot": "1", "token": "0-0"}))

    assert works == 200
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert {tuple(sorted({*one.headers} - {"date"})) for one in answers} == {
        tuple(sorted({*answers[0].headers} - {"date"}))
    }


def test_a_new_code_ends_the_one_before_and_undo_brings_it_back(school: Served, teacher: httpx.Client) -> None:
    with client_of(school) as technician:
        sheet = technician.post(f"/carts/{CART_B}/code").text
        new = re.search(r"/c/([\w-]{43})<", sheet)
        assert new is not None
        statuses = [teacher.get(f"/c/{secret}").status_code for secret in (seed.CODE, new[1])]
        cart = technician.get(f"/carts/{CART_B}").text
        undo = re.search(r'action="(/carts/codes/\d+/restore)"', cart)
        assert undo is not None

        technician.post(undo[1])

    assert statuses == [404, 200]
    assert "last used just now" in words_of(cart)
    assert [teacher.get(f"/c/{secret}").status_code for secret in (seed.CODE, new[1])] == [200, 404]


def test_the_sheet_has_the_code_the_carts_name_and_the_school_and_is_shown_once(school: Served) -> None:
    with client_of(school) as technician:
        sheet = technician.post("/carts/3/code")

    words = words_of(sheet.text)
    assert sheet.headers["cache-control"] == "no-store"
    assert heading_of(sheet.text) == "Cart C"
    assert "South School" in words
    assert f"{school.url}/c/" in words
    assert sheet.text.count('class="qrline"') == 1
    assert "No telephone can follow this address" in words


def test_a_sheet_says_nothing_of_an_address_that_others_can_follow(tmp_path: Path) -> None:
    with serving(tmp_path, has_record=False) as served, client_of(served) as technician:
        sheet = technician.post("/carts/3/code", headers={"host": "rollcall.school.example"}).text

    assert "http://rollcall.school.example/c/" in sheet
    assert "No telephone can follow this address" not in sheet


def test_who_only_looks_makes_no_code_and_closes_nothing(school: Served, teacher: httpx.Client) -> None:
    complain(teacher, 7)
    with school.engine.connect() as connection:
        (said,) = list_complaints(connection, Scope.all())

    with client_of(school, "viewer") as viewer:
        page = viewer.get(f"/carts/{CART_B}").text
        answers = [
            viewer.post(address).status_code
            for address in (
                f"/carts/{CART_B}/code",
                f"/carts/{CART_B}/code/end",
                f"/complaints/{said.complaint}/close",
            )
        ]

    assert answers == [403, 403, 403]
    assert "/code" not in page
    assert "slot 7: a teacher says it is broken" in words_of(page).lower()


def test_what_is_said_is_thanked_for_marks_the_slot_and_can_be_taken_back(
    school: Served, teacher: httpx.Client
) -> None:
    before = heading_of(teacher.get(PAGE).text)

    thanked = complain(teacher, 7, "does_not_start")
    token = re.search(r'name="undo" value="([^"]+)"', thanked.text)
    assert token is not None
    undone = teacher.post(PAGE, data={"undo": token[1]}, follow_redirects=True)

    assert "Thank you" in words_of(thanked.text)
    assert "1 said to be broken" in words_of(thanked.text)
    assert int(heading_of(thanked.text).split()[0]) == int(before.split()[0]) - 1
    assert "Taken back." in words_of(undone.text)
    assert (heading_of(undone.text), standing(school)) == (before, [])


def test_a_complaint_stands_on_today_the_cart_and_the_device_until_it_is_closed(
    school: Served, teacher: httpx.Client
) -> None:
    complain(teacher, 7, "does_not_start")
    with client_of(school) as technician:
        today, cart, device = (
            technician.get(where, follow_redirects=True).text for where in ("/", f"/carts/{CART_B}", "/devices/NB-07")
        )
        close = re.search(r'action="(/complaints/\d+/close)"', cart)
        assert close is not None

        technician.post(close[1])

        after = technician.get("/").text, technician.get(f"/carts/{CART_B}").text
        reopen = re.search(r'action="(/complaints/\d+/reopen)"', after[1])
        assert reopen is not None
        technician.post(reopen[1])
        again = technician.get("/").text

    line = "Cart B, slot 7: a teacher says it does not start, 09:40"
    assert line in words_of(today)
    assert "A teacher said on 24 Nov at 09:40: it does not start." in words_of(cart)
    assert "Cart B, slot 7: a teacher says it does not start" in words_of(device)
    assert line not in words_of(after[0])
    assert "closed by Tom" in words_of(after[1])
    assert line in words_of(again)


def test_repeated_taps_are_one_and_a_cart_takes_a_few(school: Served, teacher: httpx.Client) -> None:
    said = [words_of(complain(teacher, slot).text) for slot in (7, 7, *range(8, 16), "none")]

    assert "This one is known to be broken already" in said[1]
    assert "tell the technician yourself" in said[-1]
    assert [slot for slot, _ in standing(school)] == [7, 8, 9, 10, 11][:OPEN_MAX]
    today = words_of(client_today(school))
    assert f"Cart B: teachers say that {OPEN_MAX} are broken" in today


def client_today(school: Served) -> str:
    with client_of(school) as technician:
        return technician.get("/").text


def test_a_slot_without_a_number_can_be_complained_of(school: Served, teacher: httpx.Client) -> None:
    complain(teacher, "none", "keyboard")

    assert standing(school) == [(None, "keyboard")]
    assert (
        "a teacher says of a slot without a number: its keyboard is broken" in words_of(client_today(school)).lower()
    )


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"slot": "7"}, 403),
        ({"slot": "7", "token": "29000000-" + "0" * 32}, 403),
        ({"slot": "7", "token": "٣-x"}, 403),
        ({"slot": "99", "token": ""}, 422),
        ({"slot": "", "token": ""}, 422),
        ({"slot": "7); DROP TABLE", "token": ""}, 422),
        ({"undo": "1.1-x"}, 403),
        ({"undo": "9" * 40 + ".1-x"}, 403),
    ],
)
def test_what_no_form_of_ours_sent_changes_nothing(
    school: Served, teacher: httpx.Client, said: dict[str, str], status: int
) -> None:
    own = token_in(teacher.get(PAGE).text)

    answer = teacher.post(
        PAGE, data={name: value or own if name == "token" else value for name, value in said.items()}
    )

    assert answer.status_code == status
    assert standing(school) == []


def test_what_another_site_makes_a_browser_send_is_refused(school: Served, teacher: httpx.Client) -> None:
    said = {"slot": "7", "token": token_in(teacher.get(PAGE).text)}

    answers = [
        teacher.post(PAGE, data=said, headers=headers).status_code
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"})
    ]
    before = standing(school)
    hidden = teacher.post(PAGE, data=said, headers={"origin": "null"}).status_code

    assert (answers, before) == ([403, 403], [])
    assert (hidden, standing(school)) == (303, [(7, None)])


def test_a_form_is_good_for_its_subject_and_some_hours() -> None:
    token = sign("key", "cart 2", seed.NOW)
    hours = timedelta(hours=12)

    assert is_signed("key", "cart 2", token, seed.NOW + hours, within=hours)
    assert not is_signed("key", "cart 3", token, seed.NOW, within=hours)
    assert not is_signed("other", "cart 2", token, seed.NOW, within=hours)
    assert not is_signed("key", "cart 2", token, seed.NOW + hours + timedelta(minutes=1), within=hours)
    assert not is_signed("key", "cart 2", token, seed.NOW - timedelta(minutes=1), within=hours)


def test_who_guesses_codes_is_slowed_down(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, httpx.Client(base_url=served.url, timeout=30) as guesser:
        answers = [guesser.get(f"/c/guess-{number}").status_code for number in range(602)]

    assert answers == [404] * 600 + [429] * 2


def test_every_cart_has_a_site_that_its_code_may_see_alone(school: Served, teacher: httpx.Client) -> None:
    with school.engine.connect() as connection:
        others = [cart.name for cart in list_carts(connection, Scope.all()) if cart.cart != CART_B]
        count = connection.execute(select(func.count()).select_from(complaints)).scalar_one()

    page = teacher.get(PAGE).text

    assert (len(others), count) == (2, 0)
    assert [name for name in others if name in page] == []
