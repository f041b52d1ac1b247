"""Who does what is noted with how it was before, once, in the same transaction; and nobody changes what was noted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from rollcall_collector.identity import people
from rollcall_collector.identity.programs import add_program, revoke_program
from rollcall_collector.identity.publishers import revoke
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.jobs.retention import clean_up
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.audit.noting import Author, in_the_name_of
from rollcall_collector.store.audit.reading import AuditQuery, Entry, list_entries
from rollcall_collector.store.audit.watched import WATCHED
from rollcall_collector.store.judged.flags import decide
from rollcall_collector.store.sites import ensure_site, set_site
from rollcall_collector.store.tables import audit, metadata
from tests.support.fleets.two_schools import School, keep_school
from tests.support.identities import NOW

SECRET_COLUMNS = {"secret_hash", "token_hash"}


def entries(engine: Engine, scope: Scope | None = None, **asked: Any) -> list[Entry]:
    """What was noted, oldest first."""
    with engine.connect() as connection:
        return list(reversed(list_entries(connection, scope or Scope.all(), AuditQuery(**asked))))


def test_what_somebody_changes_is_noted_with_before_and_after_and_what_nobody_does_is_not(engine: Engine) -> None:
    ada = in_the_name_of(engine, Author(name="Ada"))
    with engine.begin() as connection:
        keep_school(connection, School(word="oak", digits=4321))
    with ada.begin() as connection:
        oak = 4321001
        set_site(connection, Scope.all(), "oak-site", days="123")
        decide(connection, Scope.all(), 4321003, "accept", author="Ada", reason="old", now=NOW)
    people.add_person(ada, "Tom", "viewer", Scope(sites=frozenset({oak})), NOW)
    people.change_person(ada, Scope.all(), "Tom", "technician", Scope.all())
    revoke(ada, Scope.all(), "oak-d-2", NOW)

    found = [(one.deed, one.noun, one.subject, one.before, one.after) for one in entries(engine, author="Ada")]

    assert found[:3] == [
        ("changed", "site", "oak-site", {"days": "12345"}, {"days": "123"}),
        ("decided", "flag", "oak-d-1 unreliable", {"state": "open"}, {"state": "accepted"}),
        (
            "decided",
            "flag",
            "oak-d-1 unreliable",
            None,
            {"action": "accept", "reason": "old"},
        ),
    ]
    assert (
        "changed",
        "person",
        "Tom",
        {"role": "viewer", "has_all_sites": False},
        {"role": "technician", "has_all_sites": True},
    ) in found
    assert found[-1] == ("revoked", "publisher", "oak-d-2", {"revoked_at": None}, {"revoked_at": NOW.isoformat()})


def test_no_secret_is_noted_whatever_is_made(engine: Engine) -> None:
    ada = in_the_name_of(engine, Author(name="Ada"))
    nobody = in_the_name_of(engine, Author())
    with engine.begin() as connection:
        ensure_site(connection, "Oak", "UTC")
    people.add_person(ada, "Tom", "viewer", Scope.all(), NOW)
    link = people.create_link(ada, "Tom", NOW)
    session = people.redeem_link(nobody, link, NOW)
    token = create_token(ada, Scope.all(), site="Oak", now=NOW)
    program = add_program(ada, "Zabbix", ["devices"], Scope.all(), days=1, author="Ada", now=NOW)
    revoke_program(ada, Scope.all(), "Zabbix", NOW)

    with engine.connect() as connection:
        noted = str(connection.execute(select(audit)).all())
    signed_in = [one for one in entries(engine) if one.deed == "signed_in"]
    told = {column for one in WATCHED.values() for column in one.told}
    assert [(one.author, one.subject) for one in signed_in] == [("Tom", "Tom")]
    assert [word for word in (link, session, token, program, "hash") if str(word) in noted] == []
    assert told & SECRET_COLUMNS == set()


def test_what_a_change_that_fails_had_noted_goes_with_it(engine: Engine) -> None:
    ada = in_the_name_of(engine, Author(name="Ada"))

    with ada.connect() as connection, connection.begin() as transaction:
        ensure_site(connection, "Oak", "UTC")
        transaction.rollback()

    assert entries(engine) == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET author = 'x'", "DELETE FROM audit"])
def test_nobody_changes_or_removes_what_was_noted(engine: Engine, statement: str) -> None:
    with in_the_name_of(engine, Author(name="Ada")).begin() as connection:
        ensure_site(connection, "Oak", "UTC")

    with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as connection:
        connection.execute(text(statement))

    assert [one.author for one in entries(engine)] == ["Ada"]


def test_an_entry_is_kept_for_the_days_of_the_setting_and_then_removed(engine: Engine) -> None:
    with in_the_name_of(engine, Author(name="Ada")).begin() as connection:
        ensure_site(connection, "Oak", "UTC")
    now = datetime.now(UTC)

    early = clean_up(engine, now + timedelta(days=99), refusals_days=90, audit_days=100)
    late = clean_up(engine, now + timedelta(days=101), refusals_days=90, audit_days=100)

    assert (early.audited, late.audited, entries(engine)) == (0, 1, [])


def test_who_sees_one_site_reads_of_that_alone(engine: Engine) -> None:
    ada = in_the_name_of(engine, Author(name="Ada"))
    with engine.begin() as connection:
        oak, _ = ensure_site(connection, "Oak", "UTC")
        ensure_site(connection, "Elm", "UTC")
    with ada.begin() as connection:
        set_site(connection, Scope.all(), "Oak", days="1")
        set_site(connection, Scope.all(), "Elm", days="1")

    seen = entries(engine, Scope(sites=frozenset({oak})))

    assert [one.subject for one in seen] == ["Oak"]


def test_every_table_is_watched_or_says_why_not() -> None:
    unwatched = set(metadata.tables) - set(WATCHED)

    assert unwatched == {name for names in UNWATCHED.values() for name in names}


UNWATCHED = {
    "what devices and bridges tell": {
        "boots",
        "bridge_checks",
        "copies",
        "device_days",
        "device_publisher_days",
        "device_publishers",
        "device_states",
        "failures",
        "gaps",
        "hardware_keys",
        "put_offs",
        "refusals",
        "tellings",
        "watermarks",
    },
    "what the collector reckons and judges": {
        "day_counts",
        "judgements",
        "judging_runs",
        "kept_bands",
        "kept_columns",
        "presence",
        "late_changes",
        "mirror_outbox",
        "part_runs",
        "plan_changes",
        "registry_changes",
        "restore_marks",
        "roll_callers",
        "roll_calls",
        "start_band_changes",
        "start_bands",
        "start_judgements",
        "verdicts",
    },
    "what moves devices is a change of places, what retires them one of their publisher": {"devices"},
    "what the role map gave is told by its rules, who came in by their session": {"emergency_uses", "person_rules"},
    "itself": {"audit"},
}
