"""Even who has another school's keys and names reads and writes nothing of it: asked of every function that is scoped."""

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, false

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.credentials import digest
from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store import (
    attendance,
    carts,
    device_names,
    devices,
    facts,
    health,
    people,
    programs,
    refusals,
    roster,
    sites,
    tables,
)
from rollcall_collector.store.audit import reading
from rollcall_collector.store.history import plan_inputs, plan_totals
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.judged import flag_news, flag_overview, flags, judgings, own_models, start_times
from rollcall_collector.store.kept import day_counts, serving
from rollcall_collector.store.parts import restores
from rollcall_collector.store.places import changes, merging, moves, undo
from rollcall_collector.store.publishers import arrivals, bridge_checks, copies, identities, put_off, tellers, tokens
from rollcall_collector.store.teachers import cart_codes, complaints
from tests.support.fleets.two_schools import NOW, School, keep_homeless, keep_judging, keep_school
from tests.support.require import ROOT

STORE = ROOT / "collector" / "src" / "rollcall_collector" / "store"
WORK = {
    "judging reads and writes all devices": {
        "alone.alone",
        "device_facts.*",
        "driver_columns.*",
        "fact_rows.*",
        "fleet_history.*",
        "fleet_record.*",
        "kept_columns.*",
        "verdicts.*",
        "facts.failures_by_channel",
        "flags.keep_findings",
        "flags.keep_found",
        "flags.wake_postponed",
        "decisions.*",
        "flags.flagged_devices",
        "judgings.keep_run",
        "judgings.changed_judgements",
        "judgings.replace_judgements",
        "judgings.write_judgements",
        "judgings.change_judgements",
        "judgings.every_judgement",
    },
    "a figure of a model over all schools, of five devices or more, speaks of none of them": {
        "start_bands.*",
    },
    "what is kept is held against the facts, and joined, of the whole store": {
        "day_counts.kept_counts",
        "day_counts.counts_anew",
        "day_counts.join_writers",
        "day_counts.wrong_counts",
        "day_counts.count_anew",
        "presence.*",
        "anew.*",
        "plan_changes.count_changes",
    },
    "a merge within somebody's sites takes a cart's belongings along": {
        "belongings.*",
    },
    "the copy in InfluxDB has every school, and how work and bridges go is told to whoever brings the token for it": {
        "mirror.*",
        "mirror_outbox.*",
        "runs.*",
        "sources.*",
        "health.read_size",
    },
    "who gives roles by a map sees all": {
        "rules.*",
    },
    "a merge takes along who sees the site": {
        "site_lists.*",
    },
    "enrolling and signing in ask who somebody is": {
        "accounts.*",
        "passwords.*",
        "people.lock_people",
        "people.set_sites",
        "sessions.*",
        "known_devices.*",
        "identities.find_credential",
        "identities.add_device",
        "identities.update_device",
        "identities.set_credential",
        "identities.read_credentials",
        "people.remove_person",
        "people.restore_person",
        "people.change_person",
        "people.add_link",
        "people.trade_link",
        "people.find_session",
        "people.touch_session",
        "people.end_session",
        "people.find_link",
        "tokens.take_use",
        "tokens.find_token",
        "cart_codes.find_by_hash",
        "cart_codes.touch_code",
    },
    "who scanned the code on a cart speaks of that cart alone": {
        "complaints.keep_complaint",
        "complaints.withdraw_complaint",
    },
    "a site's key comes from who found it in scope; a list is imported by who sees all": {
        "carts.ensure_cart",
        "roster.apply_roster",
        "sites.ensure_site",
        "sites.make_site",
        "sites.add_holidays",
        "sites.remove_holidays",
        "tokens.add_token",
    },
    "a change is noted and marked by what made it, within its scope": {
        "changes.note_change",
        "changes.mark_undone",
        "merging.name_back",
        "merging.bring_back",
    },
    "a bridge showed its password and speaks of itself": {
        "bridge_checks.keep_checks",
    },
    "a cart's members were found in scope, and a bridge is told of its own devices": {
        "roll_calls.*",
    },
    "who floods all is put off for all": {
        "put_off.put_off",
        "put_off.let_in_again",
    },
    "the audit log is written by whatever changes something, and what is old is removed for all": {
        "noting.*",
        "reading.remove_entries",
    },
    "a token says which program asks, and for which sites": {
        "programs.add_program",
        "programs.find_program",
    },
    "a store moves whole": {
        "change_log.*",
        "marks.*",
        "new_store.*",
        "rows.*",
    },
    "the broker asks of everybody, and of whom it is to let go": {
        "identities.find_speaker",
        "identities.list_connected",
    },
    "that a store came back from a backup is of all schools, and so is which ingest hears them": {
        "restores.list_restores",
        "restores.note_backup_begins",
        "restores.note_restore",
        "share.*",
    },
    "the store itself is nobody's": {
        "turn.*",
        "backup.*",
        "database.*",
        "kept_settings.*",
        "putting.*",
        "entered.*",
        "kept_school.*",
        "retention.*",
        "devices.every_key",
        "health.is_answering",
        "health.note_backup",
        "flag_news.has_judged_before",
    },
}
"""What takes no scope, and why."""
ASKED_BY_WHO_SEES_ALL = {"api/metrics.py", "sign_in_setup/view.py"}
"""One asks for a token of its own, the other for an administrator of all schools, before anything is read."""


TODAY, SINCE = NOW.date(), NOW - timedelta(days=20)
OWN = School(word="wombat", digits=9876)
OTHER = School(word="quokka", digits=7654)
NOBODY = School(word="numbat", digits=3210)
SEEN = Scope(sites=frozenset({OWN.number(1)}))
TOLD = serving.told_enough(since=SINCE, ready_percent=0)
Asked = Callable[[Connection, Scope, School], Any]


def _settling(school: School) -> serving.Settling:
    awake = serving.Awake(opened_at={school.number(1): SINCE}, since=SINCE)
    return serving.Settling(
        told=TOLD,
        by_day=false(),
        low=false(),
        rested=false(),
        charging=false(),
        charged=false(),
        awake=awake,
    )


ON_A_CONNECTION: dict[str, Asked] = {
    "arrivals.list_arrivals": lambda c, s, x: arrivals.list_arrivals(c, s, since=SINCE),
    "attendance.call_roll": lambda c, s, x: attendance.call_roll(c, s, {x.number(1): SINCE}, lately=SINCE),
    "day_counts.count_days": lambda c, s, x: day_counts.count_days(c, s, since=SINCE.date(), until=TODAY),
    "day_counts.count_reports": lambda c, s, x: day_counts.count_reports(c, s, since=SINCE.date(), until=TODAY),
    "attendance.list_lost_bridges": lambda c, s, x: attendance.list_lost_bridges(c, s, silent_since=NOW),
    "bridge_checks.list_bridges": lambda c, s, x: bridge_checks.list_bridges(c, s),
    "carts.list_carts": lambda c, s, x: carts.list_carts(c, s, f"{x.word}-site"),
    "carts.cart_names": lambda c, s, x: carts.cart_names(c, s, f"{x.word}-site"),
    "carts.count_carts": lambda c, s, x: carts.count_carts(c, s),
    "serving.count_settled": lambda c, s, x: [
        serving.count_settled(c, s, these, _settling(x))
        for these in (
            (x.number(2),),
            serving.carts_in_doubt(s, among=(x.number(1),), serves=TOLD, serving_share=1.1),
            serving.carts_in_doubt(Scope.all(), serves=TOLD, serving_share=1.1),
        )
    ],
    "serving.list_settled": lambda c, s, x: serving.list_settled(c, s, (x.number(2),), _settling(x)),
    "serving.list_tellings": lambda c, s, x: serving.list_tellings(c, s, (x.number(2),)),
    "carts.list_marked": lambda c, s, x: carts.list_marked(c, s, (x.number(2),)),
    "carts.page_carts": lambda c, s, x: carts.page_carts(c, s, f"{x.word}-site", at_most=9, skipped=0),
    "carts.find_cart": lambda c, s, x: carts.find_cart(c, s, f"{x.word}-cart"),
    "carts.set_cart": lambda c, s, x: carts.set_cart(c, s, x.number(2), slots=3),
    "carts.cart_members": lambda c, s, x: carts.cart_members(c, s, (x.number(2),)),
    "cart_codes.list_codes": lambda c, s, x: cart_codes.list_codes(c, s, x.number(2)),
    "cart_codes.replace_code": lambda c, s, x: cart_codes.replace_code(
        c, s, x.number(2), secret_hash=digest("new"), author="Ada", now=NOW
    ),
    "cart_codes.end_code": lambda c, s, x: cart_codes.end_code(c, s, x.number(2), NOW),
    "cart_codes.restore_code": lambda c, s, x: cart_codes.restore_code(c, s, x.number(3), NOW),
    "complaints.close_complaint": lambda c, s, x: complaints.close_complaint(c, s, x.number(4), author="Ada", now=NOW),
    "complaints.reopen_complaint": lambda c, s, x: complaints.reopen_complaint(c, s, x.number(4)),
    "complaints.list_complaints": lambda c, s, x: complaints.list_complaints(c, s, cart=x.number(2)),
    "complaints.complaints_in": lambda c, s, x: complaints.complaints_in(c, s, (x.number(2),)),
    "complaints.complaints_of": lambda c, s, x: complaints.complaints_of(c, s, x.number(1)),
    "copies.find_set_backs": lambda c, s, x: copies.find_set_backs(c, s, x.number(1)),
    "copies.list_shared": lambda c, s, x: copies.list_shared(c, s, since=SINCE),
    "put_off.list_put_off": lambda c, s, x: put_off.list_put_off(c, s, since=SINCE),
    "devices.list_devices": lambda c, s, x: devices.list_devices(c, s, DeviceQuery(text=x.word)),
    "devices.count_devices": lambda c, s, x: devices.count_devices(c, s, DeviceQuery(text=x.word)),
    "devices.devices_by_key": lambda c, s, x: devices.devices_by_key(c, s, (x.number(1),)),
    "devices.devices_by_id": lambda c, s, x: devices.devices_by_id(c, s, (f"{x.word}-d-1",)),
    "device_names.find_bearers": lambda c, s, x: device_names.find_bearers(c, s, f"{x.word}-tag-1"),
    "device_names.find_near": lambda c, s, x: device_names.find_near(c, s, f"{x.word}-tag-1"),
    "devices.every_device": lambda c, s, x: list(devices.every_device(c, s, DeviceQuery(text=x.word))),
    "devices.list_keys": lambda c, s, x: devices.list_keys(c, s, DeviceQuery(text=x.word)),
    "devices.find_device": lambda c, s, x: devices.find_device(c, s, f"{x.word}-tag-1"),
    "devices.list_models": lambda c, s, x: devices.list_models(c, s),
    "devices.count_verdicts": lambda c, s, x: devices.count_verdicts(c, s, f"{x.word}-site"),
    "facts.list_boots": lambda c, s, x: facts.list_boots(c, s, x.number(1)),
    "facts.list_failures": lambda c, s, x: facts.list_failures(c, s, x.number(1)),
    "facts.list_days": lambda c, s, x: facts.list_days(c, s, x.number(1), since=SINCE.date(), until=TODAY),
    "facts.last_vitals": lambda c, s, x: facts.last_vitals(c, s, x.number(1)),
    "facts.cells": lambda c, s, x: facts.cells(c, s, (x.number(1),), TODAY, {}),
    "changes.list_changes": lambda c, s, x: changes.list_changes(c, s),
    "reading.list_entries": lambda c, s, x: reading.list_entries(c, s, reading.AuditQuery()),
    "reading.every_entry": lambda c, s, x: list(reading.every_entry(c, s, reading.AuditQuery())),
    "reading.list_authors": lambda c, s, x: reading.list_authors(c, s),
    "changes.find_change": lambda c, s, x: changes.find_change(c, s, x.number(5)),
    "undo.undo_change": lambda c, s, x: undo.undo_change(c, s, x.number(5), NOW),
    "moves.move_devices": lambda c, s, x: moves.move_devices(
        c, s, [x.number(1)], moves.Destination(site=sites.find_site(c, s, f"{x.word}-site")), author="Ada", now=NOW
    ),
    "moves.put_back": lambda c, s, x: moves.put_back(c, s, *changes.find_change(c, s, x.number(5))),
    "merging.rename_site": lambda c, s, x: merging.rename_site(c, s, f"{x.word}-site", "New", author="Ada", now=NOW),
    "merging.merge_sites": lambda c, s, x: merging.merge_sites(
        c, s, f"{x.word}-site", f"{OWN.word}-site", author="Ada", now=NOW
    ),
    "merging.remove_site": lambda c, s, x: merging.remove_site(c, s, f"{x.word}-site", author="Ada", now=NOW),
    "flag_news.read_news": lambda c, s, x: flag_news.read_news(c, s, NOW),
    "flag_overview.group_open": lambda c, s, x: flag_overview.group_open(c, s),
    "flag_overview.list_acceptances": lambda c, s, x: flag_overview.list_acceptances(c, s, VERDICTS),
    "flag_overview.decided_since": lambda c, s, x: flag_overview.decided_since(c, s, SINCE),
    "flags.list_flags": lambda c, s, x: flags.list_flags(c, s, device=x.number(1)),
    "flags.find_flag": lambda c, s, x: flags.find_flag(c, s, x.number(3)),
    "flags.find_flags": lambda c, s, x: flags.find_flags(c, s, (x.number(3),)),
    "flags.decide": lambda c, s, x: flags.decide(c, s, x.number(3), "accept", author="Ada", now=NOW),
    "flags.decide_all": lambda c, s, x: flags.decide_all(c, s, (x.number(3),), "accept", author="Ada", now=NOW),
    "flags.listed": lambda c, s, x: flags.listed(c, s, "unreliable"),
    "health.read_wellbeing": lambda c, s, x: health.read_wellbeing(c, s, today=TODAY, since=SINCE),
    "health.count_publishers": lambda c, s, x: health.count_publishers(c, s),
    "health.last_heard": lambda c, s, x: health.last_heard(c, s),
    "health.list_refused": lambda c, s, x: health.list_refused(c, s, since=SINCE),
    "judgings.list_runs": lambda c, s, x: judgings.list_runs(c, s),
    "judgings.last_run": lambda c, s, x: judgings.last_run(c, s),
    "judgings.print_run": lambda c, s, x: judgings.print_run(c, s, 1),
    "judgings.last_models": lambda c, s, x: judgings.last_models(c, s),
    "judgings.device_judgements": lambda c, s, x: judgings.device_judgements(c, s, x.number(1)),
    "judgings.start_judgements_by_device": lambda c, s, x: judgings.start_judgements_by_device(c, s),
    "own_models.models_in": lambda c, s, x: own_models.models_in(c, s),
    "own_models.count_own": lambda c, s, x: own_models.count_own(c, s, finding="unreliable"),
    "plan_inputs.list_owned": lambda c, s, x: plan_inputs.list_owned(c, s, TODAY),
    "plan_inputs.list_grounds": lambda c, s, x: plan_inputs.list_grounds(c, s, also="unreliable"),
    "plan_inputs.list_incidents": lambda c, s, x: plan_inputs.list_incidents(c, s),
    "plan_inputs.have_failed": lambda c, s, x: plan_inputs.have_failed(c, s, (x.number(1),)),
    "plan_inputs.list_starts": lambda c, s, x: plan_inputs.list_starts(c, s),
    "plan_totals.list_rates": lambda c, s, x: plan_totals.list_rates(c, s),
    "plan_totals.list_contenders": lambda c, s, x: plan_totals.list_contenders(
        c, s, least_weeks=1, least_active_days=0
    ),
    "plan_totals.count_alike": lambda c, s, x: plan_totals.count_alike(c, s),
    "plan_totals.count_shares": lambda c, s, x: plan_totals.count_shares(c, s, TODAY),
    "restores.close_restore": lambda c, s, x: restores.close_restore(c, s, x.number(1), author="Ada", now=NOW),
    "restores.count_missing": lambda c, s, x: restores.count_missing(
        c, s, restores.Restore(restore=1, backup_at=SINCE, restored_at=NOW, closed_at=None, closed_by=None)
    ),
    "restores.reopen_restore": lambda c, s, x: restores.reopen_restore(c, s, x.number(1)),
    "roster.listed_devices": lambda c, s, x: list(roster.listed_devices(c, s)),
    "start_times.start_times": lambda c, s, x: start_times.start_times(c, s, (x.number(1),), TODAY),
    "start_times.slowed": lambda c, s, x: start_times.slowed(c, s, (x.number(2),)),
    "sites.site_keys": lambda c, s, x: sites.site_keys(c, s),
    "sites.list_sites": lambda c, s, x: sites.list_sites(c, s),
    "sites.count_sites": lambda c, s, x: sites.count_sites(c, s),
    "sites.find_site": lambda c, s, x: sites.find_site(c, s, f"{x.word}-site"),
    "sites.set_site": lambda c, s, x: sites.set_site(c, s, f"{x.word}-site", days="123"),
    "sites.set_lessons": lambda c, s, x: sites.set_lessons(c, s, f"{x.word}-site", ()),
    "tellers.list_tellers": lambda c, s, x: tellers.list_tellers(c, s, x.number(1)),
    "sites.list_holidays": lambda c, s, x: sites.list_holidays(c, s, x.number(1)),
    "tokens.list_tokens": lambda c, s, x: tokens.list_tokens(c, s),
    "tokens.remove_tokens": lambda c, s, x: tokens.remove_tokens(c, s, digest(f"{x.word}-token")),
}
ON_THE_ENGINE: dict[str, Callable[[Engine, Scope, School], Any]] = {
    "identities.list_publishers": lambda e, s, x: identities.list_publishers(e, s),
    "identities.set_revoked": lambda e, s, x: (
        identities.set_revoked(e, s, f"{x.word}-d-2", to_us(NOW)),
        identities.set_revoked(e, s, f"{x.word}-d-4", None),
    ),
    "identities.set_retired": lambda e, s, x: identities.set_retired(
        e, s, f"{x.word}-d-1", now_us=to_us(NOW), retired_on=20_000
    ),
    "people.list_removed": lambda e, s, x: people.list_removed(e, s, since_us=0),
    "programs.list_programs": lambda e, s, x: programs.list_programs(e, s),
    "programs.revoke_program": lambda e, s, x: programs.revoke_program(e, s, f"{x.word}-program", now_us=to_us(NOW)),
    "people.list_people": lambda e, s, x: people.list_people(e, s),
    "refusals.list_refusals": lambda e, s, x: list(refusals.list_refusals(e, s)),
    "refusals.find_refusal": lambda e, s, x: refusals.find_refusal(e, s, x.number(1)),
    "refusals.count_refusals": lambda e, s, x: refusals.count_refusals(e, s),
}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """The public functions of the store that are given its connection or engine."""
    for path in sorted({*STORE.rglob("*.py")} - {*(STORE / "keeping").rglob("*.py")}):
        for one in ast.parse(path.read_text()).body:
            if isinstance(one, ast.FunctionDef) and not one.name.startswith("_") and _is_given_the_store(one):
                yield f"{path.stem}.{one.name}", one


def _is_given_the_store(function: ast.FunctionDef) -> bool:
    return any(one.arg in {"connection", "engine"} for one in function.args.args[:1])


def is_scoped(function: ast.FunctionDef) -> bool:
    """Whether it takes a scope, which no default makes up for."""
    asked = [*function.args.args[: len(function.args.args) - len(function.args.defaults)], *function.args.kwonlyargs]
    return any(one.arg == "scope" for one in asked)


@pytest.fixture
def schools(engine: Engine) -> None:
    with engine.begin() as connection:
        keep_school(connection, OWN)
        keep_judging(connection, OWN, OTHER)


def keep_other(engine: Engine) -> None:
    with engine.begin() as connection:
        keep_school(connection, OTHER)
        keep_homeless(connection, OTHER)
        _lose_some(connection, OTHER)
    people.add_person(engine, name=OTHER.word, role="viewer", scope=Scope.all(), now_us=to_us(NOW))
    people.add_person(engine, name=f"{OTHER.word}-gone", role="viewer", scope=Scope.all(), now_us=to_us(NOW))
    people.remove_person(engine, name=f"{OTHER.word}-gone", now_us=to_us(NOW))


def _lose_some(connection: Connection, school: School) -> None:
    """One device goes on with its tenth report, and the fourth is the last in the backup that was put back."""
    number = school.number(1)
    told = {"epoch_key": number, "publisher": number, "epoch": school.word, "upto": 4, "ranges": "[[10, 10]]"}
    connection.execute(tables.watermarks.insert().values(told))
    connection.execute(tables.restores.insert().values(restore=1, backup_us=to_us(SINCE), restored_us=to_us(NOW)))
    connection.execute(tables.restore_marks.insert().values(restore=1, epoch_key=number, highest=4))


def ask(engine: Engine, name: str, scope: Scope, school: School) -> str:
    """What comes back, without what the asker said; what was changed is taken back, where that is possible."""
    try:
        if name in ON_THE_ENGINE:
            found = ON_THE_ENGINE[name](engine, scope, school)
        else:
            with engine.connect() as connection:
                found = ON_A_CONNECTION[name](connection, scope, school)
    except CollectorError as error:
        found = error
    text = repr(found)
    for said in (f"{school.word}-site", f"{school.word}-cart", f"{school.word}-tag-1", *map(str, school.numbers)):
        text = text.replace(said, "*")
    return text


def test_every_scoped_function_is_asked() -> None:
    scoped = {name for name, function in functions() if is_scoped(function)}

    assert scoped - {"people.add_person"} == {*ON_A_CONNECTION, *ON_THE_ENGINE}


@pytest.mark.usefixtures("schools")
def test_nothing_of_another_school_is_read_or_written_even_by_its_keys(engine: Engine) -> None:
    names = [*ON_A_CONNECTION, *ON_THE_ENGINE]
    before = {name: ask(engine, name, SEEN, NOBODY) for name in names}

    keep_other(engine)

    told = {name: ask(engine, name, SEEN, OTHER) for name in names}
    size = "database_bytes"
    assert [name for name in names if told[name].split(size)[0] != before[name].split(size)[0]] == []
    assert [name for name in names if ask(engine, name, Scope.all(), OTHER) == told[name]] == []


def test_every_reader_takes_a_scope_or_says_why_not() -> None:
    excused = {name for names in WORK.values() for name in names}

    unscoped = {name for name, function in functions() if not is_scoped(function)}

    known = {name for name in unscoped if name in excused or f"{name.partition('.')[0]}.*" in excused}
    assert unscoped - known == set()
    whole = {name for name in excused if name.endswith(".*")}
    assert excused - unscoped - whole == set()


def test_only_work_that_nobody_asked_for_sees_everything() -> None:
    rooms = ("api", "carts", "procurement")
    source = STORE.parent
    pages = ROOT / "dashboards" / "src"

    asking = [path for folder in (*(source / one for one in rooms), pages) for path in folder.rglob("*.py")]

    assert {"/".join(path.parts[-2:]) for path in asking if "Scope.all()" in path.read_text()} == ASKED_BY_WHO_SEES_ALL
