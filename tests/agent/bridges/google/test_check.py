"""`--check` says which right, role or policy is missing, and where it is set."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollcall_agent.bridges.google import google_bridge
from rollcall_agent.checks import Check, lines_of
from tests.support.google.chromebooks import Chromebook
from tests.support.google.fake import FakeGoogle, fake_google, old_refusal, refusal
from tests.support.google.service_account import write_key

NOW = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with fake_google([Chromebook(number) for number in range(4)], lambda: NOW) as found:
        yield found


def check(google: FakeGoogle, folder: Path, **key: str) -> list[Check]:
    write_key(folder, google.token_uri, **key)
    return list(google_bridge(google.endpoints).check(folder))


def wrong(found: list[Check]) -> dict[str, str]:
    return {one.subject: f"{one.says} -> {one.way_out}" for one in found if one.is_fault}


def test_where_all_is_well_it_says_how_late_telemetry_comes(google: FakeGoogle, tmp_path: Path) -> None:
    found = check(google, tmp_path)

    assert wrong(found) == {}
    assert [one.subject for one in found] == [
        "key", "sign-in", "telemetry", "crashes", "directory", *["policies"] * 6, "delay",
    ]  # fmt: skip
    assert "is 2.0 hours old" in found[-1].says
    assert google.faults == []


def test_without_a_key_it_says_where_it_belongs(google: FakeGoogle, tmp_path: Path) -> None:
    (only,) = google_bridge(google.endpoints).check(tmp_path)

    assert only.is_fault
    assert f"put it into {tmp_path / 'key.json'}" in only.way_out


def test_a_key_that_others_may_read_is_a_fault(google: FakeGoogle, tmp_path: Path) -> None:
    write_key(tmp_path, google.token_uri).chmod(0o644)

    found = wrong(list(google_bridge(google.endpoints).check(tmp_path)))

    assert found == {"key": f"others may read it: {tmp_path / 'key.json'} -> chmod 600 {tmp_path / 'key.json'}"}


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("devices", refusal(403, "SERVICE_DISABLED"), "Chrome Management API is off: console.cloud.google.com"),
        ("devices", refusal(403, "IAM_PERMISSION_DENIED"), "Manage ChromeOS Devices (read only)"),
        ("devices", refusal(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "Domain-wide delegation must list both scopes"),
        ("devices", refusal(404, "NOT_FOUND", word="NOT_FOUND"), 'customer = "C0123abcd"'),
        ("devices", refusal(429, "RATE_LIMIT_EXCEEDED", word="RESOURCE_EXHAUSTED"), "asks for patience"),
        ("devices", (502, {}, {}), "asks for patience"),
        ("chromeosdevices", old_refusal(403, "accessNotConfigured"), "Admin SDK API is off"),
        ("chromeosdevices", old_refusal(403, "forbidden"), "Assign service accounts"),
        ("chromeosdevices", old_refusal(400, "badRequest"), 'customer = "C0123abcd"'),
        ("telemetryEvents", refusal(403, "SERVICE_DISABLED"), "Chrome Management API is off"),
    ],
)
def test_each_refusal_says_where_it_is_mended(google: FakeGoogle, tmp_path: Path, name, answer, words: str) -> None:
    google.scripted[name] = [answer]

    found = wrong(check(google, tmp_path))

    subject = {"devices": "telemetry", "telemetryEvents": "crashes", "chromeosdevices": "directory"}[name]
    assert words in found[subject]


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_wrong_clock_on_the_bridge_s_machine_is_named(google: FakeGoogle, tmp_path: Path, hours: int) -> None:
    google.skew = timedelta(hours=hours)

    found = wrong(check(google, tmp_path))

    assert "this machine's clock is wrong" in found["sign-in"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_email": "gone@fake.iam.gserviceaccount.com"}, "Google does not take the key"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n"}, "private key in key.json is"),
        ({"token_uri": "http://example.invalid/token"}, "is not private"),
    ],
)
def test_a_key_that_google_does_not_take_says_why(google: FakeGoogle, tmp_path: Path, changes, words: str) -> None:
    try:
        found = " ".join(lines_of(check(google, tmp_path, **changes)))
    except OSError as error:  # the verb says it
        found = str(error)

    assert words in found
    assert "BEGIN PRIVATE KEY" not in found


def test_a_policy_that_is_off_is_named_with_its_place_in_the_console(google: FakeGoogle, tmp_path: Path) -> None:
    google.fleet = [Chromebook(1, boots_at=(), telemetry={"storageInfo": {"availableDiskBytes": "1"}})]

    found = [one for one in check(google, tmp_path) if one.is_fault]

    assert [one.way_out.rpartition(" ")[2] for one in found] == [
        "ReportDeviceBootMode", "ReportDevicePowerStatus", "ReportDeviceCpuInfo",
    ]  # fmt: skip
    assert all("admin.google.com > Devices > Chrome" in one.way_out for one in found)
