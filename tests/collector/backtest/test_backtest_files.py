"""Anyone's records are read as their programs wrote them, or it is said which line is wrong."""

import argparse
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rollcall_collector.cli.backtest import VERBS
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import RecordsError

START, CUT = date(2019, 4, 14), date(2021, 6, 1)
DEVICES, FAILURES = 300, 900


def _run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    (verb,) = VERBS
    verb.configure(parser)
    return verb.run(parser.parse_args(arguments), CollectorSettings())


@pytest.fixture(scope="module")
def failures() -> list[tuple[str, date, int]]:
    """Unit, day and second of each failure; the first units fail most."""
    random = np.random.default_rng(1)
    unit = np.floor(DEVICES * random.random(FAILURES) ** 3).astype(int)
    days, seconds = random.integers(0, 1100, FAILURES), random.integers(0, 86_400, FAILURES)
    return [
        (f"u{one}", START + timedelta(days=int(day)), int(second))
        for one, day, second in zip(unit, days, seconds, strict=True)
    ]


@pytest.fixture
def found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """What the verb finds in two files with these contents, as JSON."""

    def run(units: str | bytes, events: str | bytes, *more: str, at: date = CUT) -> dict[str, Any]:
        for name, content in (("units", units), ("events", events)):
            (tmp_path / f"{name}.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        files = ("--units", str(tmp_path / "units.csv"), "--events", str(tmp_path / "events.csv"))
        assert _run(*files, "--at", at.isoformat(), "--json", *more) == 0
        return dict(json.loads(capsys.readouterr().out))

    return run


def _units(*, heading: str = "unit,start", more: str = "", start: str = START.isoformat()) -> str:
    return "\n".join([heading, *(f"u{one},{start}{more}" for one in range(DEVICES)), ""])


def _events(failures: list[tuple[str, date, int]]) -> str:
    lines = [f"{unit},{on} {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for unit, on, s in failures]
    return "\n".join(["unit,time", *lines, ""])


@pytest.mark.parametrize(
    ("change_units", "change_events"),
    [
        (lambda text: "\ufeff" + text, lambda text: "\ufeff" + text),
        (lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("\n", "\r\n")),
        (lambda text: text.replace("\n", "\r"), lambda text: text.replace("\n", "\r")),
        (lambda text: text.replace(",", ";"), lambda text: text.replace(",", ";")),
        (lambda text: text.replace(",", "\t").encode("utf-16"), lambda text: text.replace(",", "\t").encode("utf-16")),
        (lambda text: text.replace("unit,start", "Unit , START"), lambda text: text.replace("unit,time", "UNIT,Time")),
        (lambda text: f"{text}\n,\n", lambda text: f"{text}\n\n,,\n"),
        (lambda text: text.replace("2019-04-14", "2019/4/14 8:05"), lambda text: text.replace("-", "/")),
        (lambda text: text.replace("2019-04-14", "2019-04-14T08:00+02:00"), lambda text: text.replace("0\n", "0Z\n")),
        (lambda text: text, lambda text: text.replace("\n", " UTC\n").replace("time UTC", "time")),
        (lambda text: text.replace("\n", ",\n"), lambda text: text.replace("\n", ",\n")),
    ],
    ids=["bom", "crlf", "cr", "semicolon", "utf-16 tabs", "headings", "blanks", "slashes", "zones", "utc", "commas"],
)
def test_the_same_records_in_any_dress_give_the_same_answer(found, failures, change_units, change_events) -> None:
    plain = found(_units(), _events(failures))

    dressed = found(change_units(_units()), change_events(_events(failures)))

    assert dressed["dates"] == plain["dates"]
    assert plain["mean"]["rollcall"]["lift"][1] > 2


def test_without_a_cohort_column_everybody_is_a_peer(found, failures) -> None:
    alone = found(_units(), _events(failures))
    one_cohort = found(_units(heading="unit,start,cohort", more=",X"), _events(failures))
    empty_cohort = found(_units(heading="unit,start,model,cohort", more=",,"), _events(failures))

    assert one_cohort["dates"] == alone["dates"]
    assert empty_cohort["dates"] == alone["dates"]


def test_a_cohort_of_each_unit_alone_borrows_everybodys_rate(found, failures) -> None:
    alone = found(_units(), _events(failures))
    numbered = "\n".join(["unit,start,model", *(f"u{one},{START},m{one}" for one in range(DEVICES))])

    assert found(numbered, _events(failures))["dates"] == alone["dates"]


def test_failures_told_again_count_once(found, failures) -> None:
    once = found(_units(), _events(failures))

    thrice = found(_units(), _events(failures * 3))

    assert thrice["dates"] == once["dates"]


def test_failures_outside_their_units_service_are_left_out_and_told(found, failures) -> None:
    units = _units(heading="unit,start,end", more=",2021-12-31")
    early = [("u1", START - timedelta(days=30), 0), ("u2", date(2022, 1, 20), 0)]
    inside = [one for one in failures if one[1] <= date(2021, 12, 31)]

    clean = found(units, _events(inside))
    told = found(units, _events([*inside, *early]))

    assert told["dates"] == clean["dates"]
    assert any("2 failures outside their unit's service are left out" in one for one in told["notes"])


def test_a_failure_on_the_last_day_of_service_counts(found, failures) -> None:
    units = _units(heading="unit,start,end", more=",2021-12-31")
    inside = [one for one in failures if one[1] <= date(2021, 12, 30)]

    before, after = (
        found(units, _events(inside)),
        found(units, _events([*inside, ("u299", date(2021, 12, 31), 60)])),
    )

    assert after["dates"][0]["found"]["failures"] == before["dates"][0]["found"]["failures"] + 1


def test_what_programs_write_for_nothing_is_no_end(found, failures) -> None:
    plain = found(_units(), _events(failures))

    for nothing in ("NA", "NaT", "null", "None", "-", ""):
        told = found(_units(heading="unit,start,end", more=f",{nothing}"), _events(failures))
        assert told["dates"] == plain["dates"]


def test_ten_units_are_answered_with_a_warning(found, failures) -> None:
    few = [one for one in failures if int(one[0][1:]) < 10]
    units = "\n".join(_units().splitlines()[:11])

    told = found(units, _events(few))

    assert told["dates"][0]["found"]["devices"] == 10
    assert not told["dates"][0]["found"]["is_enough"]
    assert any("1 % of 10 units is less than one" in one for one in told["notes"])
    assert any("mostly luck" in one for one in told["notes"])


def test_a_fleet_that_never_failed_and_one_that_failed_only_afterwards_are_answered(found, failures) -> None:
    never = found(_units(), "unit,time\n")
    later = found(_units(), _events([one for one in failures if one[1] >= CUT]))

    assert never["mean"]["rollcall"]["lift"] == [None, None, None]
    assert later["mean"]["rollcall"]["lift"][1] == pytest.approx(1)
    assert later["mean"]["rollcall"]["forecast_over_actual"] == pytest.approx(0, abs=0.05)


def test_units_that_came_the_day_before_are_not_ranked(found, failures) -> None:
    told = found(_units(), _events(failures), at=START + timedelta(days=2))

    assert told["dates"][0]["found"]["devices"] == 0
    assert any("nothing could be ranked" in one for one in told["notes"])


def test_a_record_that_ends_before_the_horizon_is_said_so(found, failures) -> None:
    told = found(_units(), _events(failures), at=date(2022, 1, 10))

    assert any("if the record ends there, look" in one for one in told["notes"])


def test_records_from_before_1970_are_judged_alike(found, failures) -> None:
    back = timedelta(days=365 * 50)
    plain = found(_units(), _events(failures))

    old = found(
        _units(start=(START - back).isoformat()),
        _events([(unit, on - back, second) for unit, on, second in failures]),
        at=CUT - back,
    )

    assert old["dates"][0]["found"]["failures"] == pytest.approx(plain["dates"][0]["found"]["failures"], abs=3)


def test_one_bad_batch_that_fails_once_each_is_found_by_its_cohort(found) -> None:
    """As graphics cards did: each fails once and is replaced, so no device has a record, only its batch has."""
    random = np.random.default_rng(2)
    units, events = ["unit,model,cohort,start,end"], ["unit,time"]
    for one in range(2000):
        batch = "old" if one < 1000 else "new"
        life = int(random.exponential(1500 if batch == "old" else 40_000))
        end = START + timedelta(days=life)
        is_gone = life < 1100
        units.append(f"u{one},K,{batch},{START},{end if is_gone else ''}")
        events += [f"u{one},{end}"] if is_gone else []

    told = found("\n".join(units), "\n".join(events))

    assert told["mean"]["rollcall"]["lift"][2] > 1.5
    assert told["mean"]["oldest first"]["lift"][2] == pytest.approx(1)
    assert told["dates"][0]["found"]["replace"]["flagged"] == 0


@pytest.mark.parametrize(
    ("units", "events", "says"),
    [
        (_units(), "unit,time\nx,2020-01-01\ny,2020-01-01\n", r"2 failures of unknown units are left out.*'x'"),
        (_units(), "unit,time\nu1,2001-01-01\n", r"no failure is left to judge by: 1 failures outside"),
        (_units(), "unit,time\nu1,1629590606\n", r"events.csv line 2: time '1629590606' is not like"),
        (_units(), "unit,time,time\nu1,2020-01-01,2020-01-02\n", r"the column 'time' stands there 2 times"),
        ("unit,start\nä,2020-01-01\n".encode("latin-1"), "unit,time\n", r"units.csv is not a CSV file in UTF-8"),
        (b"PK\x03\x04rest", "unit,time\n", r"units.csv is a spreadsheet or an archive"),
        ("unit,start\na,2020-13-01\n", "unit,time\n", r"units.csv line 2: start '2020-13-01' is not a date"),
        ("unit,start\na,NA\n", "unit,time\n", r"units.csv line 2: start 'NA' is not a date"),
        ("unit,start\na,2020-01-01,x\n", "unit,time\n", r"units.csv line 2: not as many fields"),
    ],
)
def test_what_cannot_be_read_is_named(found, units: str | bytes, events: str, says: str) -> None:
    with pytest.raises(RecordsError, match=says):
        found(units, events)


def test_a_failure_without_a_time_is_left_out_and_told(found, failures) -> None:
    told = found(_units(), f"{_events(failures)}u1,\n")

    assert any("1 failures without a time are left out" in one for one in told["notes"])


def test_hundreds_of_thousands_of_failures_are_read(found) -> None:
    days = [(START + timedelta(days=one)).isoformat() for one in range(1100)]
    events = "\n".join(["unit,time", *(f"u{one % DEVICES},{days[one % 1100]}" for one in range(300_000))])

    told = found(_units(), events)

    assert told["dates"][0]["found"]["devices"] == DEVICES
    assert told["dates"][0]["found"]["failed_share"] == 1
