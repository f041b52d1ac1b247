"""Settings: what the sample says is what there is."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from rollcall_collector.cli.jobs import job_settings
from rollcall_collector.config import CollectorSettings, local_zone, read_settings
from rollcall_collector.errors import SettingsError
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


def _names(model: type[BaseModel], before: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        is_section = isinstance(kind, type) and issubclass(kind, BaseModel)
        found |= _names(kind, f"{name}.") if is_section else {before + name}  # type: ignore[arg-type]  # it is a section
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

    assert _written(tomllib.loads(text)) == _names(CollectorSettings)
    assert settings.database_url.startswith("postgresql")


def test_every_setting_of_the_sample_says_what_it_does() -> None:
    lines = [line for line in SAMPLE.read_text().splitlines() if re.match(r"(# )?\w+ = ", line)]

    silent = [line for line in lines if not re.search(r"\S\s+# \S", line)]

    assert len(lines) == len(_names(CollectorSettings))
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
        ("[school]\nopens = '7'\n", "school.opens"),
        ("[jobs]\njudge_hour = 24\n", "jobs.judge_hour"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(_write(tmp_path, text))


def test_a_settings_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no settings file at"):
        read_settings(tmp_path / "none.toml")


def test_the_timetable_takes_its_part_of_the_settings(tmp_path: Path) -> None:
    text = "[school]\nzone = 'Europe/Berlin'\n[jobs]\njudge_hour = 4\nrefusals_days = 7\nbackup_folder = 'backups'\n"

    jobs = job_settings(read_settings(_write(tmp_path, text)))

    assert (jobs.zone, jobs.judge_hour, jobs.retention.refusals_days) == ("Europe/Berlin", 4, 7)
    assert (jobs.retention.readings_days, jobs.backup_folder, jobs.backups_kept) == (1100, Path("backups"), 14)


def test_a_machine_without_a_zone_is_in_utc(tmp_path: Path) -> None:
    zone = tmp_path / "zoneinfo" / "Europe" / "Berlin"
    zone.parent.mkdir(parents=True)
    zone.touch()

    assert local_zone(zone) == "Europe/Berlin"
    assert local_zone(tmp_path / "none") == "UTC"
