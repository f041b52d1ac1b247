"""The verbs about devices, carts, flags and sites, as somebody types them."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from rollcall_collector.cli import ROOMS, load_verbs, main
from rollcall_collector.store.database import open_database
from tests.support.fleets.kept import days_before, keep_boot, keep_days, keep_failure
from tests.support.require import ROOT

LIST = """Serial;Tag;Model;Platform;School;Cart;Slot;Kaufdatum;Preis
A1;T1;300e;Windows;Süd;B;1;01.08.2023;349,90
A2;T2;300e;Chromebook;Süd;B;2;01.08.2023;1.349,90
"""
ARGUMENTS = "rollcall_collector.cli.arguments."
Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Types a command and returns what it printed; `status` is the exit status it must end with."""
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path / "var"))
    monkeypatch.setenv("ROLLCALL_SCHOOL__ZONE", "Europe/Berlin")
    monkeypatch.delenv("ROLLCALL_DATABASE", raising=False)
    capsys.readouterr()

    def typed(*words: str, status: int = 0) -> str:
        ended = main(words)
        said = capsys.readouterr()
        assert ended == status, said
        return said.out + (said.err if status else "")

    return typed


@pytest.fixture
def fleet(say: Say, tmp_path: Path) -> Path:
    """Two devices of a list, one of which has a failing disk. Returns the list's file."""
    file = tmp_path / "devices.csv"
    file.write_bytes(LIST.encode("cp1252"))
    say("roster", "import", str(file))
    engine = open_database(f"sqlite:///{tmp_path / 'var' / 'rollcall.sqlite3'}")
    now = datetime.now(UTC)
    with engine.begin() as connection:
        keep_days(connection, 1, days_before(now.date(), 70))
        keep_boot(connection, 1, "b1", now - timedelta(hours=3), to_login_seconds=31.5)
        keep_failure(connection, 1, "storage", "smart_failing", now.date(), exit_status=8.0)
    engine.dispose()
    return file


def _json(text: str) -> Any:
    return json.loads(text)


def test_a_list_is_tried_imported_and_given_back(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_bytes(LIST.encode("cp1252"))

    tried = say("roster", "import", str(file), "--dry-run")
    imported = say("roster", "import", str(file))
    again = _json(say("roster", "import", str(file), "--json"))
    given = say("roster", "export")
    say("roster", "export", str(tmp_path / "out.csv"))
    back = say("roster", "import", str(tmp_path / "out.csv"))

    assert "line 2: A1 is new" in tried
    assert "2 devices would be added" in tried
    assert "2 devices added, 0 changed, 0 unchanged." in imported
    assert "note: read as Windows-1252" in imported
    assert (again["changes"]["added"], again["changes"]["unchanged"]) == (0, 2)
    assert [row["price"] for row in csv.DictReader(io.StringIO(given))] == ["349.90", "1349.90"]
    assert "0 devices added, 0 changed, 2 unchanged." in back


def test_a_bad_list_changes_nothing_and_says_where(say: Say, tmp_path: Path, fleet: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("serial,platform\nA9,beos\nA8,linux\n")

    refused = say("roster", "import", str(bad), status=1)
    missing = say("roster", "import", str(tmp_path / "none.csv"), status=2)
    skipped = say("roster", "import", str(bad), "--skip-bad")

    assert refused.startswith("line 2, platform: 'beos' is not a platform known here. Write one of chromeos")
    assert "Nothing was imported: 1 bad line beside 1 good." in refused
    assert "cannot be read" in missing
    assert "1 device added" in skipped


def test_a_dry_run_shows_the_mapping_and_what_would_be_new(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "snipe.csv"
    file.write_text(
        "Serial,Location,Checked Out To,Status,Warranty,Warranty Expires\n"
        "A1,Cart B,Pupil One,Ready (deployable),36,2026-08-01\n"
        "A2,Cart B,Room 4,Out for Repair (undeployable),36,2026-08-01\n"
    )

    guessed = say("roster", "import", str(file), "--dry-run")
    meant = say("roster", "import", str(file), "--dry-run", "--map", "Location=cart", "--site", "Hill")
    kept = say("roster", "export")

    assert "Location          site" in guessed
    assert "new sites: Cart B" in guessed
    assert "Location          cart" in meant
    assert "Checked Out To    left out" in meant
    assert "new sites: Hill\nnew carts: Cart B (Hill)\n1 device would be added" in meant
    assert "A2 (Out for Repair (undeployable), line 3)" in meant
    assert "Pupil One" not in guessed + meant
    assert kept.count("\n") == 1


def test_a_dry_run_of_googles_own_list_offers_its_units_and_leaves_out_what_is_gone(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "google.csv"
    file.write_text(
        "deviceId,serialNumber,status,model,orgUnitPath,annotatedLocation,annotatedUser,autoUpdateExpiration\n"
        "d1,A1,ACTIVE,HP Chromebook 11,/Hill,Room 4,p1@x,1874966400000\n"
        "d2,A2,DEPROVISIONED,HP Chromebook 11,/Hill,Room 4,p2@x,1874966400000\n"
        "d3,A3,ACTIVE,HP Chromebook 11,/Hill,Room 4,p3@x,Jun 2029\n"
    )

    guessed = say("roster", "import", str(file), "--dry-run")
    meant = say(
        "roster", "import", str(file), "--dry-run", "--map", "orgUnitPath=site", "--map", "annotatedLocation=cart"
    )

    assert "new sites: Room 4" in guessed
    assert "orgUnitPath=site" not in guessed  # the location says it
    assert "new sites: /Hill\nnew carts: Room 4 (/Hill)\n2 devices would be added" in meant
    assert "A2 (DEPROVISIONED, line 3)" in meant
    assert "p1@x" not in guessed + meant


def test_an_import_is_taken_back_with_the_list_before(say: Say, tmp_path: Path, fleet: Path) -> None:
    change, before = tmp_path / "change.csv", tmp_path / "before.csv"
    change.write_text("serial,price,asset tag\nA1,1,-\n")
    was = say("roster", "export")

    told = say("roster", "import", str(change))
    say("roster", "export", "--before", str(before))
    back = say("roster", "import", str(before))

    assert "To take it back: 'rollcall roster export --before before.csv', then import before.csv." in told
    assert "0 devices added, 1 changed, 1 unchanged." in back
    assert say("roster", "export") == was


def test_there_is_no_list_before_the_first_import(say: Say) -> None:
    refused = say("roster", "export", "--before", status=2)
    wish = say("roster", "import", "x.csv", "--map", "Location=room", status=2)

    assert "there is nothing to take back" in refused
    assert "cannot be read" in wish or "does not say what a heading means" in wish


def test_devices_are_listed_and_shown(say: Say, fleet: Path) -> None:
    say("judge")

    page = _json(say("devices", "list", "--json", "--site", "Süd", "--sort", "name"))
    table = say("devices", "list", "a1")
    rows = list(csv.DictReader(io.StringIO(say("devices", "list", "--csv"))))
    shown = _json(say("devices", "show", "T1", "--json"))
    told = say("devices", "show", "a2".upper())
    unknown = say("devices", "show", "zz", status=2)

    assert [device["asset_tag"] for device in page["devices"]] == ["T1", "T2"]
    assert page["total"] == 2
    assert table.splitlines()[1].split()[:5] == ["T1", "A1", "300e", "Süd", "B"]
    assert [row["verdict"] for row in rows] == ["repair", "not enough evidence"]
    assert shown["device"]["verdict"] == "repair"
    assert [boot["to_login_seconds"] for boot in shown["boots"]] == [31.5]
    assert told.startswith("T2: not enough evidence. It has not been heard yet")
    assert "unknown device 'zz'" in unknown


def test_flags_are_decided_with_author_and_reason(say: Say, fleet: Path) -> None:
    judged = _json(say("judge", "--json"))
    (flag,) = _json(say("flags", "list", "--json"))
    number = str(flag["flag"])

    say("flags", "postpone", number, "--by", "kim", "--until", "2099-01-01", "--reason", "holidays")
    accepted = say("flags", "accept", number, "--by", "kim", "--reason", "ordered")
    refused = say("flags", "accept", number, "--by", "kim", status=2)
    finished = _json(say("flags", "finish", number, "--by", "lee", "--json"))
    say("judge", "--device", "A1")

    assert judged["summary"]["opened"] == 1
    assert flag["finding"] == "failing_disk"
    assert f"flag {number}: repair T1 (Süd, B), accepted" in accepted
    assert "postpone until 2099-01-01 by kim: holidays" in accepted
    assert "is accepted: it cannot accept" in refused
    assert finished["state"] == "done"
    assert "No flag" in say("flags", "list")
    assert "by lee" in say("flags", "show", number)
    assert _json(say("devices", "show", "T1", "--json"))["device"]["verdict"] == "healthy"


def test_a_finished_flag_says_how_it_ended_and_how_to_retire_the_old_device(say: Say, fleet: Path) -> None:
    say("judge")
    (flag,) = _json(say("flags", "list", "--json"))
    number = str(flag["flag"])

    wrong = say("flags", "finish", number, "--by", "kim", "--outcome", "repaired", "--replaced-by", "SN-9", status=2)
    said = say("flags", "finish", number, "--by", "kim", "--outcome", "replaced", "--replaced-by", "SN-9")
    shown = say("flags", "show", number)

    assert "only a replacement or a claim a new device" in wrong
    assert f"rollcall publishers retire {flag['device_id']}" in said
    assert "finish: replaced by SN-9 by kim: no reason given" in shown
    assert "publishers retire" not in shown


def test_a_judging_is_told_in_short_and_given_whole_on_request(say: Say, fleet: Path) -> None:
    say("judge")

    told = say("judge", "--show", "1")
    whole = say("judge", "--show", "1", "--json")

    assert told.startswith("Judging 1 of ")
    assert "2 devices, 1 incidents" in told
    assert re.search(r"^repair +failing disk +1$", told, flags=re.MULTILINE)
    assert told.endswith("rollcall judge --show 1 --json\n")
    assert len(told.splitlines()) < 20
    assert _json(whole)["fleet"]["devices"] == 2


def test_a_file_for_people_says_its_encoding_and_one_for_programs_does_not(
    say: Say, fleet: Path, tmp_path: Path
) -> None:
    say("roster", "export", str(tmp_path / "out.csv"))

    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "Süd" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert say("roster", "export").startswith("serial_number")
    assert say("devices", "list", "--csv").startswith("device")


def test_carts_say_what_is_ready_and_why_not(say: Say, fleet: Path) -> None:
    say("judge")
    say("carts", "set", "B", "--slots", "3", "--charging", "cyclic_thirds", "--home-room", "R 12")

    listed = _json(say("carts", "list", "--json"))
    marked = say("carts", "show", "B", "--site", "Süd")
    for flag in _json(say("flags", "list", "--json")):
        say("flags", "accept", str(flag["flag"]), "--by", "Ada")
    shown = say("carts", "show", "B", "--site", "Süd")
    unknown = say("carts", "show", "Z", status=2)

    assert [(one["cart"]["slots"], one["ready"], one["members"], one["availability"]) for one in listed] == [
        (3, 0, 2, 0.0)
    ]
    assert shown.startswith("Cart B (Süd): 0 of 2 ready")
    assert [line.split()[1] for line in shown.splitlines()[2:]] == ["X", "?", "-"]
    assert [line.split()[1] for line in marked.splitlines()[2:]] == ["?", "?", "-"]
    assert "proposed" in marked.splitlines()[2]
    assert "X?-" in say("carts", "list")
    assert "unknown cart 'Z'" in unknown


def test_a_cart_gets_a_code_and_loses_it(say: Say, fleet: Path) -> None:
    made = say("carts", "code", "B")
    ended = say("carts", "code", "B", "--end"), say("carts", "code", "B", "--end")

    assert re.fullmatch(r"http://127\.0\.0\.1:8460/c/[\w-]{43}\n", made)
    assert ended == ("B (Süd): its code works no more\n", "B has no code\n")


def test_a_site_gets_its_lessons(say: Say, fleet: Path) -> None:
    unknown = say("sites", "lessons", "Süd")
    told = say("sites", "lessons", "Süd", "2=09:40-10:30", "1=08:40-09:30")

    assert "rollcall sites lessons" in unknown
    assert [line.split() for line in told.splitlines()[1:]] == [["1", "08:40", "09:30"], ["2", "09:40", "10:30"]]
    assert "overlap" in say("sites", "lessons", "Süd", "1=08:40-09:30", "2=09:00-10:30", status=2)
    assert say("sites", "lessons", "Süd") == told
    with pytest.raises(SystemExit):
        say("sites", "lessons", "Süd", "1=10:30-09:40")


def test_sites_get_their_hours_and_holidays(say: Say) -> None:
    empty = say("sites", "list")
    say("sites", "set", "Nord", "--zone", "Europe/Paris", "--days", "1245", "--opens", "07:30", "--closes", "16:00")
    added = say("sites", "holidays", "add", "Nord", "2026-12-24", "2026-12-26", "--called", "Noël")
    removed = say("sites", "holidays", "remove", "Nord", "2026-12-26")

    (site,) = _json(say("sites", "list", "--json"))
    days = _json(say("sites", "holidays", "list", "Nord", "--json"))

    assert "No site yet" in empty
    assert ("3 holidays added" in added, "1 holiday removed" in removed) == (True, True)
    assert (site["zone"], site["days"], site["opens_minute"], site["closes_minute"]) == (
        "Europe/Paris",
        [1, 2, 4, 5],
        450,
        960,
    )
    assert days == [{"on": "2026-12-24", "name": "Noël"}, {"on": "2026-12-25", "name": "Noël"}]
    assert "unknown zone" in say("sites", "set", "Nord", "--zone", "Mars", status=2)
    assert "Say which day" in say("sites", "holidays", "add", "Nord", status=2)


def test_a_site_that_a_token_makes_has_the_schools_hours_and_its_own_zone(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLCALL_SCHOOL__OPENS", "08:15")
    monkeypatch.setenv("ROLLCALL_SCHOOL__CLOSES", "15:45")
    monkeypatch.setenv("ROLLCALL_SCHOOL__DAYS", "1234")

    say("enroll-token", "create", "--site", "Nord", "--create-site", "Europe/Paris")

    (site,) = _json(say("sites", "list", "--json"))
    assert (site["zone"], site["days"], site["opens_minute"], site["closes_minute"]) == (
        "Europe/Paris",
        [1, 2, 3, 4],
        495,
        945,
    )


def test_a_site_is_renamed_merged_and_brought_back_and_a_typo_is_asked_about(say: Say, fleet: Path) -> None:
    typo = say("sites", "set", "Sud", status=0)
    asked = say("sites", "set", "Nord School")
    doubt = say("sites", "set", "Nord Scool", status=2)
    token = say("enroll-token", "create", "--site", "Nord Scool", "--create-site", "UTC", status=2)
    say("sites", "set", "Nord Scool", "--new")
    merged = say("sites", "merge", "Nord Scool", "Nord School", "--by", "Kim")
    renamed = say("sites", "rename", "Süd", "South")
    refused = say("sites", "remove", "South", status=2)
    removed = say("sites", "remove", "South", "--devices-to", "Nord School")

    assert typo.startswith("Sud:")
    assert asked.startswith("Nord School:")
    assert "did you mean 'Nord School'? If it is another school, say --new" in doubt
    assert "did you mean 'Nord School'?" in token
    assert merged == "Nord Scool is merged into Nord School. To take it back: 'rollcall sites undo 1'\n"
    assert "rollcall sites undo 2" in renamed
    assert "say to which site they go" in refused
    assert "rollcall sites undo 3" in removed
    assert [site["name"] for site in _json(say("sites", "list", "--json"))] == ["Nord School", "Sud"]
    say("sites", "undo", "3")
    say("sites", "undo", "2")
    assert "taken back already" in say("sites", "undo", "2", status=2)
    changes = _json(say("sites", "changes", "--json"))
    assert [(one["kind"], one["author"]) for one in changes] == [
        ("merge", "command line"),
        ("rename", "command line"),
        ("merge", "Kim"),
    ]
    assert "Süd" in say("sites", "list")


def test_a_list_with_a_slip_in_a_schools_name_is_asked_about(say: Say, tmp_path: Path) -> None:
    good, slip = tmp_path / "good.csv", tmp_path / "slip.csv"
    good.write_text("serial,site\nS1,Hill School\n")
    slip.write_text("serial,site\nS2,Hill Scool\n")
    say("roster", "import", str(good))

    asked = say("roster", "import", str(slip), status=1)
    kept = say("roster", "import", str(slip), "--new-site", "Hill Scool")

    assert "'Hill Scool' would be a new site: did you mean 'Hill School'?" in asked
    assert '--new-site "Hill Scool"' in asked
    assert "1 device added" in kept


def test_flags_are_listed_with_their_dates(say: Say, fleet: Path) -> None:
    say("judge")

    words = say("flags", "list", "--all")

    assert "SINCE" in words
    assert "OPENED" in words


def test_a_backup_is_taken_and_brought_back(say: Say, tmp_path: Path, fleet: Path) -> None:
    copy = str(tmp_path / "copy.sqlite3")

    taken = say("backup", copy)
    say("sites", "set", "Neu")
    refused = say("restore", copy, status=2)
    restored = say("restore", copy, "--replace")

    assert "MB, checked" in taken
    assert "say --replace" in refused
    assert "the old one is kept at" in restored
    assert [site["name"] for site in _json(say("sites", "list", "--json"))] == ["Süd"]


def _said_of(verb: str) -> str:
    return next(verbs[verb] for verbs in ROOMS.values() if verb in verbs)


@pytest.mark.parametrize("verb", load_verbs(), ids=lambda verb: verb.name)
def test_every_verb_explains_itself_and_stands_in_the_readme(verb: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb.name, "--help"])

    assert ended.value.code == 0
    assert _said_of(verb.name) in " ".join(capsys.readouterr().out.split())
    assert f"`rollcall {verb.name}`" in (ROOT / "collector" / "README.md").read_text()


def test_a_verb_is_found_in_the_room_that_brings_it() -> None:
    found = {room: tuple(sorted(verb.name for verb in load_verbs([room]))) for room in ROOMS}

    assert found == {room: tuple(sorted(verbs)) for room, verbs in ROOMS.items()}


@pytest.mark.parametrize("room", ["sites", "devices"])
def test_a_list_from_a_store_that_is_up_to_date_loads_only_what_it_needs(room: str, say: Say) -> None:
    say("sites", "list")
    program = f"import sys; from rollcall_collector.cli import main; main(['{room}', 'list']); print(*sys.modules)"

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    loaded = set(said.splitlines()[-1].split())
    own = {name.removeprefix(ARGUMENTS) for name in loaded if name.startswith(ARGUMENTS)}
    assert (own, "sqlalchemy" in loaded) == ({room}, True)
    assert {"numpy", "scipy", "fastapi", "alembic", "structlog", "rollcall_collector.roster"}.isdisjoint(loaded)
    assert {"sqlalchemy.dialects.postgresql", "rollcall_collector.store.places.merging"}.isdisjoint(loaded)


def test_what_is_loaded_for_a_verb_is_not_searched_for_garbage(say: Say) -> None:
    say("sites", "list")
    program = """
import gc
from rollcall_collector.cli import main
looks = []
gc.callbacks.append(lambda phase, found: looks.append(len(gc.get_objects())))
main(["sites", "list"])
print(gc.isenabled(), max(looks, default=0), gc.get_freeze_count())
"""

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    is_enabled, searched, spared = said.splitlines()[-1].split()
    assert is_enabled == "True"
    assert int(searched) * 2 < int(spared)


def test_the_pages_load_the_solvers_only_once_somebody_asks_for_a_plan() -> None:
    program = "import sys; from rollcall_collector.cli import load_verbs; load_verbs(['web']); print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()

    assert {"numpy", "scipy", "rollcall_collector.procurement.knapsack"} <= set(loaded)
    assert {"scipy.optimize", "scipy.sparse", "scipy.special"}.isdisjoint(loaded)


def test_no_help_loads_what_works() -> None:
    asked = [["--help"], ["--version"], *([verb, "--help"] for verbs in ROOMS.values() for verb in verbs)]
    program = f"""
import contextlib, io, sys
from rollcall_collector.cli import main
for words in {asked}:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            main(words)
        except SystemExit as ended:
            assert ended.code == 0, words
    assert said.getvalue(), words
print(*sys.modules)
"""

    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()

    assert "rollcall_collector.cli.arguments.plan" in loaded
    assert {"numpy", "scipy", "fastapi", "sqlalchemy", "alembic", "pydantic", "structlog"}.isdisjoint(loaded)


def test_the_program_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"rollcall {version('rollcall-collector')}\n"
