"""Settings: what the sample says is what there is."""

import re
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from rollcall_collector.config import CollectorSettings, local_zone, read_settings
from rollcall_collector.errors import SettingsError
from rollcall_collector.model.school import read_clock, school_of
from rollcall_wire import SchoolHours
from tests.support.require import ROOT

SAMPLE = ROOT / "collector" / "rollcall.sample.toml"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROLLCALL_CONFIG", "ROLLCALL_FOLDER", "ROLLCALL_DATABASE", "ROLLCALL_LOG"):
        monkeypatch.delenv(name, raising=False)


def _write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "rollcall.toml"
    file.write_text(text)
    return file


def _names() -> set[str]:
    found: set[str] = set()
    for name, field in CollectorSettings.model_fields.items():
        kind = field.annotation
        found |= {f"{name}.{one.name}" for one in fields(kind)} if is_dataclass(kind) else {name}
    return found


def _written(table: dict[str, Any], before: str = "") -> set[str]:
    found: set[str] = set()
    for name, value in table.items():
        found |= _written(value, f"{name}.") if isinstance(value, dict) else {before + name}
    return found


def test_the_sample_says_what_is_so_without_it() -> None:
    assert read_settings(SAMPLE).model_dump() == read_settings(None).model_dump()


def test_the_sample_names_every_setting_and_no_other(tmp_path: Path) -> None:
    text = re.sub(r"^# (\w+ = )", r"\1", SAMPLE.read_text(), flags=re.MULTILINE)

    settings = read_settings(_write(tmp_path, text))

    assert _written(tomllib.loads(text)) == _names()
    assert settings.database_url.startswith("postgresql")


def test_every_setting_of_the_sample_says_what_it_does() -> None:
    lines = [line for line in SAMPLE.read_text().splitlines() if re.match(r"(# )?\w+ = ", line)]

    silent = [line for line in lines if not re.search(r"\S\s+# \S", line)]

    assert len(lines) == len(_names())
    assert silent == []


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _write(tmp_path, "log = 'console'\n[broker]\nport = 1\nhost = 'a'\n")
    monkeypatch.setenv("ROLLCALL_BROKER__PORT", "2")
    monkeypatch.setenv("ROLLCALL_LOG", "json")

    settings = read_settings(file)

    assert (settings.log, settings.broker.port, settings.broker.host) == ("json", 2, "a")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[broker]\nprot = 1\n", "broker.prot"),
        ("[broker]\nport = 99999\n", "broker.port"),
        ("[school]\nzone = 'Mars/Olympus'\n", "Europe/Berlin"),
        ("[school]\nopens = '7'\n", "school.*07:30"),
        ("[school]\nopens = '29:99'\n", "school.*07:30"),
        ("[school]\nopens = '18:00'\n", "school.*opens must be before closes"),
        ("[jobs]\njudge_hour = 24\n", "jobs.judge_hour"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(_write(tmp_path, text))


def test_a_settings_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no settings file at"):
        read_settings(tmp_path / "none.toml")


def test_devices_without_a_site_have_no_hours_unless_a_zone_is_set(tmp_path: Path) -> None:
    berlin = read_settings(_write(tmp_path, "[school]\nzone = 'Europe/Berlin'\nopens = '08:00'\n"))

    assert school_of(read_settings(None).school, {}, usual_zone="UTC").hours is None
    assert school_of(berlin.school, {}, usual_zone="UTC").hours == SchoolHours(
        zone="Europe/Berlin", opens_minute=480, closes_minute=1020
    )


@pytest.mark.parametrize(("text", "minute"), [("07:30", 450), ("7:05", 425), ("00:00", 0), ("24:00", 1440)])
def test_a_time_of_day_is_minutes_after_midnight(text: str, minute: int) -> None:
    assert read_clock(text) == minute


@pytest.mark.parametrize(
    "text", ["29:99", "24:01", "12:60", "7", "7:5", "noon", "", "-1:00", "07:30:00", "\u0660\u0667:30"]
)
def test_what_is_no_time_of_day_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 07:30"):
        read_clock(text)


def test_a_machine_without_a_zone_is_in_utc(tmp_path: Path) -> None:
    zone = tmp_path / "zoneinfo" / "Europe" / "Berlin"
    zone.parent.mkdir(parents=True)
    zone.touch()

    assert local_zone(zone) == "Europe/Berlin"
    assert local_zone(tmp_path / "none") == "UTC"


def test_the_command_for_the_same_store_names_what_made_it_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = read_settings(None).command("rollcall")
    monkeypatch.setenv("ROLLCALL_FOLDER", "/srv/our school")

    apart = read_settings(_write(tmp_path, "log = 'json'\n")).command(".venv/bin/rollcall")

    assert usual == "rollcall"
    assert apart == f"ROLLCALL_FOLDER='/srv/our school' .venv/bin/rollcall --config {tmp_path}/rollcall.toml"
