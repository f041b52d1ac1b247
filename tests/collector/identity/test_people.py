"""A sign-in link works once and soon; a session ends by itself, by signing out, and with its person."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select

from rollcall_collector.api.settings import WebSettings
from rollcall_collector.cli import people as verbs
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import UnknownNameError
from rollcall_collector.identity.people import (
    NameTakenError,
    Person,
    UnknownPersonError,
    add_person,
    create_link,
    ensure_person,
    find_person,
    list_people,
    redeem_link,
    remove_person,
    sign_out,
)
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import open_database
from rollcall_collector.store.sites import ensure_site
from rollcall_collector.store.tables import person_sites, sign_ins
from tests.support.identities import NOW, new_store

ADA = Person(name="Ada", role="admin", scope=Scope.all())


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    add_person(opened, "Ada", "admin", Scope.all(), NOW)
    yield opened
    opened.dispose()


def _session(engine: Engine) -> str:
    session = redeem_link(engine, create_link(engine, "Ada", NOW), NOW)
    assert session is not None
    return session


def test_a_link_signs_in_once(engine: Engine) -> None:
    link = create_link(engine, "Ada", NOW)

    session = redeem_link(engine, link, NOW)

    assert session is not None
    assert find_person(engine, session, NOW) == ADA
    assert redeem_link(engine, link, NOW) is None


def test_a_link_works_for_a_quarter_of_an_hour(engine: Engine) -> None:
    in_time, late = create_link(engine, "Ada", NOW), create_link(engine, "Ada", NOW)

    assert redeem_link(engine, in_time, NOW + timedelta(minutes=14)) is not None
    assert redeem_link(engine, late, NOW + timedelta(minutes=15)) is None


def test_a_session_is_no_link_and_a_link_no_session(engine: Engine) -> None:
    link, session = create_link(engine, "Ada", NOW), _session(engine)

    assert redeem_link(engine, session, NOW) is None
    assert find_person(engine, link, NOW) is None
    assert find_person(engine, "", NOW) is None


def test_a_session_ends_after_twelve_idle_hours(engine: Engine) -> None:
    used, unused = _session(engine), _session(engine)
    evening = NOW + timedelta(hours=11)

    assert find_person(engine, used, evening) == ADA
    assert find_person(engine, used, NOW + timedelta(hours=22)) == ADA
    assert find_person(engine, unused, NOW + timedelta(hours=13)) is None


def test_a_session_ends_after_seven_days_of_use(engine: Engine) -> None:
    session = _session(engine)

    seen = [find_person(engine, session, NOW + timedelta(hours=6 * turn)) for turn in range(30)]

    assert seen == [ADA] * 28 + [None] * 2


def test_signing_out_ends_the_session(engine: Engine) -> None:
    session = _session(engine)

    sign_out(engine, session)
    sign_out(engine, session)

    assert find_person(engine, session, NOW) is None


def test_who_is_removed_is_signed_out_and_their_links_are_dead(engine: Engine) -> None:
    session, link = _session(engine), create_link(engine, "Ada", NOW)

    remove_person(engine, "Ada", NOW)

    assert find_person(engine, session, NOW) is None
    assert redeem_link(engine, link, NOW) is None
    assert list_people(engine, Scope.all()) == []
    with pytest.raises(UnknownPersonError, match="rollcall people add Ada"):
        create_link(engine, "Ada", NOW)


def test_who_comes_back_has_the_new_role_and_no_old_session(engine: Engine) -> None:
    session = _session(engine)
    remove_person(engine, "Ada", NOW)

    add_person(engine, "Ada", "viewer", Scope.all(), NOW)

    assert list_people(engine, Scope.all()) == [Person(name="Ada", role="viewer", scope=Scope.all())]
    assert find_person(engine, session, NOW) is None


def test_a_name_is_one_persons(engine: Engine) -> None:
    with pytest.raises(NameTakenError):
        add_person(engine, "Ada", "viewer", Scope.all(), NOW)
    ensure_person(engine, "Ada", "viewer", NOW)

    assert list_people(engine, Scope.all()) == [ADA]


def test_no_secret_stands_in_the_store(engine: Engine) -> None:
    link, session = create_link(engine, "Ada", NOW), _session(engine)

    with engine.connect() as connection:
        kept = {row.secret_hash for row in connection.execute(select(sign_ins))}

    assert len(kept) == 3
    assert not {link, session} & kept


def test_the_command_line_adds_somebody_and_signs_them_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = CollectorSettings(folder=tmp_path, web=WebSettings(public_url="https://rollcall.school.example/"))
    parser = _parser()

    for line in ("add Grace --role technician", "list", "link Grace"):
        assert verbs.VERBS[0].run(parser.parse_args(line.split()), settings) == 0

    said = capsys.readouterr().out
    assert "Grace                    technician" in said
    assert "https://rollcall.school.example/sign-in/" in said
    engine = open_database(settings.database_url)
    session = redeem_link(engine, said.split("/sign-in/")[1].strip(), _now())
    assert session is not None
    assert verbs.VERBS[0].run(parser.parse_args(["remove", "Grace"]), settings) == 0
    assert find_person(engine, session, _now()) is None
    engine.dispose()


def test_somebody_is_added_for_one_school_and_stays_there_when_it_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = CollectorSettings(folder=tmp_path)
    engine = new_store(tmp_path)
    with engine.begin() as connection:
        oak, _ = ensure_site(connection, "Oak School", "Europe/London")
    parser = _parser()

    for line in (["add", "Grace", "--role", "viewer", "--site", "Oak School"], ["add", "Ada", "--role", "admin"]):
        assert verbs.VERBS[0].run(parser.parse_args(line), settings) == 0
    assert verbs.VERBS[0].run(parser.parse_args(["list"]), settings) == 0

    said = capsys.readouterr().out
    assert (
        "Ada                      admin        all sites\nGrace                    viewer       Oak School\n" in said
    )
    with pytest.raises(UnknownNameError, match="sites are Oak School"):
        verbs.VERBS[0].run(parser.parse_args(["add", "Bo", "--role", "viewer", "--site", "Elm"]), settings)
    with engine.begin() as connection:
        connection.execute(delete(person_sites))
    assert [one.scope for one in list_people(engine, Scope.all())] == [Scope.all(), Scope(sites=frozenset())]
    assert list_people(engine, Scope(sites=frozenset({oak}))) == [
        Person(name="Grace", role="viewer", scope=Scope(sites=frozenset()))
    ]
    engine.dispose()


def _parser():
    import argparse  # noqa: PLC0415  # only this test plays the command line

    parser = argparse.ArgumentParser()
    verbs.VERBS[0].configure(parser)
    return parser


def _now():
    from datetime import UTC, datetime  # noqa: PLC0415  # the command line reads the clock

    return datetime.now(UTC)
