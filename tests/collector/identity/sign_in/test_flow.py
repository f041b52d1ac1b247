"""Whoever comes back from the provider is believed only where every word of it is right."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from sqlalchemy import Engine, func, select

from rollcall_collector.identity.people import find_person
from rollcall_collector.identity.role_map import add_rule
from rollcall_collector.identity.sign_in.discovery import Discovery, ProviderAwayError
from rollcall_collector.identity.sign_in.enter import enter
from rollcall_collector.identity.sign_in.flow import Begun, begin, finish
from rollcall_collector.identity.sign_in.kind import Kind
from rollcall_collector.identity.sign_in.provider import Provider, WrongProviderError, make_provider
from rollcall_collector.identity.sign_in.refusal import Reason, SignInRefusedError
from rollcall_collector.identity.sign_in.registry import KINDS
from rollcall_collector.store.tables import accounts, people, sign_ins
from tests.support.identities import new_store
from tests.support.sign_in.small_issuer import CLIENT, SECRET, SmallIssuer, key, sign, small_issuer

BACK = "https://rollcall.school.example/sign-in/back"
ADDRESS = "ada@school.example"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def issuer() -> Iterator[SmallIssuer]:
    with small_issuer() as running:
        running.claims["email"] = ADDRESS
        yield running


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = new_store(tmp_path)
    add_rule(made, "address", ADDRESS, "technician", now())
    yield made
    made.dispose()


class Browser:
    """Goes to the provider and comes back, as a browser does."""

    def __init__(self, engine: Engine, issuer: SmallIssuer, kind: Kind = KINDS["openid"], pinned: str = "") -> None:
        self.engine = engine
        self.issuer = issuer
        self.discovery = Discovery()
        made = make_provider("openid", issuer.url, CLIENT, SECRET)
        # a kind whose issuer is the one on this machine, all else as it is
        self.provider = replace(made, kind=replace(kind, issuer=lambda _: issuer.url), pinned=pinned or issuer.url)

    def begin(self) -> Begun:
        return begin(self.engine, self.discovery, self.provider, redirect_uri=BACK, to="/carts", now=now())

    def come_back(self, cookie: str, said: dict[str, str], at: datetime | None = None) -> str:
        arrived = finish(
            self.engine, self.discovery, self.provider, cookie=cookie, said=said, redirect_uri=BACK, now=at or now()
        )
        assert arrived.to == "/carts"
        return enter(self.engine, arrived, browser="", now=at or now())

    def sign_in(self) -> str:
        begun = self.begin()
        return self.come_back(begun.cookie, self.issuer.authorize(begun.address))

    def refusal(self) -> Reason:
        with pytest.raises(SignInRefusedError) as refused:
            self.sign_in()
        return refused.value.reason


def count(engine: Engine, table: Any = people) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_an_account_with_a_role_comes_in_and_is_the_same_person_the_next_time(
    engine: Engine, issuer: SmallIssuer
) -> None:
    browser = Browser(engine, issuer)

    first, second = browser.sign_in(), browser.sign_in()

    found = [find_person(engine, one, now()) for one in (first, second)]
    assert [(one.name, one.role) for one in found if one] == [("Ada", "technician")] * 2
    assert (count(engine), count(engine, accounts)) == (1, 1)


def test_an_address_that_another_account_has_now_is_another_person(engine: Engine, issuer: SmallIssuer) -> None:
    browser = Browser(engine, issuer)
    browser.sign_in()

    issuer.claims["sub"] = "2"
    second = find_person(engine, browser.sign_in(), now())

    assert second is not None
    assert second.name == "Ada 2"


def test_a_valid_account_without_a_role_is_refused_and_leaves_no_row(engine: Engine, issuer: SmallIssuer) -> None:
    issuer.claims |= {"email": "pupil@school.example", "sub": "3"}

    reason = Browser(engine, issuer).refusal()

    assert reason == "role"
    assert (count(engine), count(engine, accounts), count(engine, sign_ins)) == (0, 0, 0)


def _unsigned(claims: dict[str, Any], _signer: object) -> str:
    head, body, _ = sign(claims, key()).split(".")
    del head
    return f"eyJhbGciOiJub25lIn0.{body}."


def _signed_by_what_everybody_knows(claims: dict[str, Any], _signer: object) -> str:
    head = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": key().kid}).encode()).rstrip(b"=")
    signed = head + b"." + sign(claims, key()).split(".")[1].encode()
    seal = urlsafe_b64encode(hmac.digest(key().as_pem(private=False), signed, "sha256")).rstrip(b"=")
    return (signed + b"." + seal).decode()


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("expired", lambda said: {**said, "exp": int(time.time()) - 120}),
        ("from tomorrow", lambda said: {**said, "iat": int(time.time()) + 3600}),
        ("another audience", lambda said: {**said, "aud": "another program"}),
        ("an audience beside ours", lambda said: {**said, "aud": [CLIENT, "another program"]}),
        ("made for another", lambda said: {**said, "azp": "another program"}),
        ("another issuer", lambda said: {**said, "iss": "https://evil.example"}),
        ("another nonce", lambda said: {**said, "nonce": "of another sign-in"}),
        ("no nonce", lambda said: {name: one for name, one in said.items() if name != "nonce"}),
        ("no end", lambda said: {name: one for name, one in said.items() if name != "exp"}),
        ("no subject", lambda said: {**said, "sub": ""}),
    ],
)
def test_a_token_that_says_something_wrong_lets_nobody_in(
    engine: Engine, issuer: SmallIssuer, what: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    issuer.change = change

    assert Browser(engine, issuer).refusal() == "token", what
    assert count(engine) == 0


@pytest.mark.parametrize(
    "write",
    [
        _unsigned,
        _signed_by_what_everybody_knows,
        lambda claims, _: jwt.encode({"alg": "RS256", "kid": key().kid}, claims, key(1)),
        lambda *_: "no token",
    ],
    ids=["unsigned", "signed by the public key", "signed by another", "no token"],
)
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    engine: Engine, issuer: SmallIssuer, write: Callable[..., str]
) -> None:
    issuer.write = write

    assert Browser(engine, issuer).refusal() == "token"


@pytest.mark.parametrize(
    ("kind", "pinned", "claims"),
    [
        ("google", "school.example", {"hd": "other.example"}),
        ("google", "school.example", {}),
        ("entra", "11111111-2222", {"tid": "99999999-2222"}),
        ("entra", "11111111-2222", {}),
    ],
)
def test_an_account_of_another_school_is_refused_whatever_its_address(
    engine: Engine, issuer: SmallIssuer, kind: str, pinned: str, claims: dict[str, str]
) -> None:
    issuer.claims |= {"preferred_username": ADDRESS, **claims}

    assert Browser(engine, issuer, KINDS[kind], pinned).refusal() == "school"
    assert count(engine) == 0


@pytest.mark.parametrize(("kind", "pinned", "claim"), [("google", "School.example", "hd"), ("entra", "AB-1", "tid")])
def test_an_account_of_the_school_comes_in(
    engine: Engine, issuer: SmallIssuer, kind: str, pinned: str, claim: str
) -> None:
    issuer.claims |= {claim: pinned.lower(), "preferred_username": ADDRESS.title()}

    assert find_person(engine, Browser(engine, issuer, KINDS[kind], pinned).sign_in(), now()) is not None


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        ("openid", {"email_verified": False}),
        ("google", {"hd": "school.example", "email_verified": False}),
        ("entra", {"tid": "school.example", "preferred_username": ADDRESS, "idp": "https://sts.example/other/"}),
    ],
)
def test_an_address_that_nobody_vouches_for_gives_no_role(
    engine: Engine, issuer: SmallIssuer, kind: str, claims: dict[str, Any]
) -> None:
    issuer.claims |= claims

    assert Browser(engine, issuer, KINDS[kind], "school.example").refusal() == "role"


def test_what_was_used_before_opens_nothing(engine: Engine, issuer: SmallIssuer) -> None:
    browser = Browser(engine, issuer)
    begun = browser.begin()
    said = issuer.authorize(begun.address)
    browser.come_back(begun.cookie, said)
    fresh = issuer.authorize(begun.address)

    for again in (said, fresh):  # the same code, and another code for the same state
        with pytest.raises(SignInRefusedError) as refused:
            browser.come_back(begun.cookie, again)
        assert refused.value.reason == ("provider" if again is said else "state")

    assert count(engine, accounts) == 1


def test_a_code_of_another_browser_opens_nothing(engine: Engine, issuer: SmallIssuer) -> None:
    browser = Browser(engine, issuer)
    mine, theirs = browser.begin(), browser.begin()
    said = issuer.authorize(theirs.address)
    cases: dict[str, tuple[str, dict[str, str], Reason]] = {
        "their state": (mine.cookie, said, "state"),
        "no cookie": ("", said, "state"),
        "a cookie made up": (mine.cookie[:-4] + "AAAA", issuer.authorize(mine.address), "state"),
        "their code with my state": (
            mine.cookie,
            {**issuer.authorize(mine.address), "code": said["code"]},
            "provider",
        ),
        "another issuer's answer": (
            mine.cookie,
            {**issuer.authorize(mine.address), "iss": "https://evil.example"},
            "state",
        ),
        "no issuer where it says so": (
            mine.cookie,
            {"code": "c", "state": issuer.authorize(mine.address)["state"]},
            "state",
        ),
    }

    for what, (cookie, back, reason) in cases.items():
        with pytest.raises(SignInRefusedError) as refused:
            browser.come_back(cookie, back)
        assert refused.value.reason == reason, what


def test_who_takes_longer_than_ten_minutes_begins_again(engine: Engine, issuer: SmallIssuer) -> None:
    browser = Browser(engine, issuer)
    begun = browser.begin()

    with pytest.raises(SignInRefusedError) as refused:
        browser.come_back(begun.cookie, issuer.authorize(begun.address), at=now() + timedelta(minutes=11))

    assert refused.value.reason == "state"


def test_a_provider_that_changed_its_keys_is_read_anew(engine: Engine, issuer: SmallIssuer) -> None:
    browser = Browser(engine, issuer)
    clock = [0.0]
    browser.discovery = Discovery(clock=lambda: clock[0])
    browser.sign_in()

    issuer.signer, issuer.shown, clock[0] = key(1), (key(1),), 10.0
    browser.sign_in()

    assert issuer.asked.count("/keys") == 2
    assert issuer.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_a_provider_that_is_another_one_is_not_asked(
    engine: Engine, issuer: SmallIssuer, document: dict[str, str]
) -> None:
    issuer.document = document

    with pytest.raises(WrongProviderError):
        Browser(engine, issuer).begin()


def test_a_provider_that_is_down_is_said_to_be(engine: Engine) -> None:
    with small_issuer() as issuer:
        browser = Browser(engine, issuer)

    with pytest.raises(ProviderAwayError):
        browser.begin()


def test_a_provider_that_does_not_answer_is_asked_again_after_five_seconds(
    engine: Engine, issuer: SmallIssuer
) -> None:
    browser = Browser(engine, issuer)
    clock = [0.0]
    browser.discovery = Discovery(clock=lambda: clock[0])
    document, issuer.document = issuer.document, {"authorization_endpoint": "x" * 600_000}

    for at in (0.0, 4.0):
        clock[0] = at
        with pytest.raises(ProviderAwayError, match="too slowly or too much"):
            browser.begin()
    issuer.document, clock[0] = document, 6.0

    assert browser.begin().address.startswith(f"{issuer.url}/authorize?")
    assert len(issuer.asked) == 2


def test_claims_that_the_token_leaves_out_are_asked_for(engine: Engine, issuer: SmallIssuer) -> None:
    issuer.claims = {"sub": "1"}
    issuer.user_info = {"sub": "1", "name": "Ada", "email": ADDRESS, "email_verified": True}
    issuer.document = {"userinfo_endpoint": f"{issuer.url}/me"}
    browser = Browser(engine, issuer)

    assert find_person(engine, browser.sign_in(), now()) is not None
    issuer.user_info["sub"] = "another"
    assert browser.refusal() == "token"


def test_a_provider_is_not_shown_with_its_secret() -> None:
    made = make_provider("openid", "https://id.example", CLIENT, SECRET)

    assert isinstance(made, Provider)
    assert SECRET not in repr(made)
