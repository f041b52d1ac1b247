"""An administrator sets up the sign-in on a page, which says what is wrong and where to mend it."""

from pathlib import Path

import pytest

from rollcall_collector.identity.people import list_people
from rollcall_collector.identity.sign_in.provider import find_provider
from rollcall_collector.identity.sign_in.settings import SignInSettings
from rollcall_collector.model.scope import Scope
from tests.support.browsing import serving
from tests.support.reading import client_of, words_of
from tests.support.sign_in.small_issuer import CLIENT, SECRET, small_issuer

HERE = "/settings/sign-in"


def test_what_is_wrong_is_said_with_where_to_mend_it(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, "admin") as client, small_issuer() as issuer:
        entered = {"kind": "openid", "pinned": issuer.url, "client_id": CLIENT, "client_secret": "another"}

        wrong = words_of(client.post(HERE, data=entered).text)
        right = words_of(client.post(HERE, data=entered | {"client_secret": SECRET}).text)
        again = words_of(client.post(HERE, data=entered | {"client_secret": ""}).text)
        shown = client.get(HERE).text
        other = words_of(client.post(HERE, data=entered | {"pinned": f"{issuer.url}/other"}).text)

    assert "client ID or client secret are not the provider's Mend it here: your provider's page of clients" in wrong
    assert "The provider answers yes" in right
    assert "and its secret yes" in right
    assert "and its secret yes" in again  # an empty secret leaves the one before
    assert SECRET not in shown
    assert "status 404 Mend it here: your provider's OpenID Connect discovery document" in other


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"kind": "google", "pinned": "", "client_id": "a", "client_secret": "b"}, "Workspace domain"),
        ({"kind": "entra", "pinned": "t", "client_id": "", "client_secret": "b"}, "client ID and client secret"),
        ({"kind": "openid", "pinned": "http://id.example", "client_id": "a", "client_secret": "b"}, "https://"),
        ({"kind": "myspace", "pinned": "a", "client_id": "a", "client_secret": "b"}, "no kind of provider"),
    ],
)
def test_what_cannot_be_is_not_kept(tmp_path: Path, entered: dict[str, str], said: str) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, "admin") as client:
        answer = client.post(HERE, data=entered)

        assert (answer.status_code, said in words_of(answer.text)) == (422, True)
        assert find_provider(served.engine, SignInSettings()) is None


def test_the_role_map_is_kept_by_rule_and_by_list(tmp_path: Path) -> None:
    lists = {
        "good": "address;role;site\nkim@school.example;viewer;\nlee@school.example;admin;\n",
        "no role": "address,role\nkim@school.example,king\n",
        "no heading": "kim@school.example,viewer\nlee@school.example,viewer\n",
        "nobody": "address,role\n",
        "spreadsheet": "PK\x03\x04",
        "two roles": "address,role\nkim@school.example,viewer\nkim@school.example,admin\n",
    }
    with serving(tmp_path, is_seeded=False) as served, client_of(served, "admin") as client:
        client.post(f"{HERE}/rules", data={"kind": "domain", "value": "@School.example", "role": "viewer"})
        client.post(f"{HERE}/rules", data={"kind": "address", "value": "old@school.example", "role": "viewer"})
        said = {
            what: words_of(client.post(f"{HERE}/addresses", files={"file": ("list.csv", text.encode())}).text)
            for what, text in lists.items()
        }
        gone = words_of(client.post(f"{HERE}/rules/remove", data={"kind": "domain", "value": "school.example"}).text)

    assert "2 addresses now: 2 are new or changed, 1 are gone" in said["good"]
    assert "line 2: there is no role 'king'" in said["no role"]
    assert "the list needs a line of headings: address, role and, where not all, site" in said["no heading"]
    assert "the list names nobody" in said["nobody"]
    assert "this is a spreadsheet, not a CSV file. Open it and save it as CSV" in said["spreadsheet"]
    assert "line 3: kim@school.example is viewer on an earlier line and admin here" in said["two roles"]
    assert "school.example gives no role any more" in gone
    assert "kim@school.example" in gone
    assert "old@school.example" not in gone


def test_an_administrator_resets_a_password_and_makes_the_emergency_administrator(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, "admin") as ada, client_of(served) as tom:
        tom.post("/account/password", data={"password": "four words are good"})
        listed = words_of(ada.get(HERE).text)

        reset = ada.post(f"{HERE}/reset", data={"name": "Tom"})
        emergency = ada.post(f"{HERE}/emergency")

        assert "Passwords Whoever came in by a link can choose a password under My account. Tom Reset" in listed
        assert "/sign-in/" in reset.text
        assert tom.get("/still-in").text == ""
        assert emergency.headers["cache-control"] == "no-store"
        assert len([one for one in list_people(served.engine, Scope.all()) if one.role == "admin"]) == 2


def test_only_an_administrator_sets_it_up(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served) as tom:
        assert [tom.get(HERE).status_code, tom.post(f"{HERE}/emergency").status_code] == [403, 403]
