"""The page Add devices shows what each bridge's own check found, with the way out; before there is one, how to get it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rollcall_collector.store.publishers.bridge_checks import BridgeCheck, keep_checks
from rollcall_collector.store.publishers.identities import set_credential
from rollcall_collector.store.tables import publishers
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import read_page, words_of

BRIDGE = "b-chromeos-0123456789ab"
WELL = BridgeCheck(subject="telemetry", says="may be read")
WRONG = BridgeCheck(
    subject="directory",
    says="Google refuses (HTTP 403, <forbidden>)",
    way_out="Assign service accounts",
    is_fault=True,
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, is_seeded=False) as running:
        yield running


def enroll(served: Served, state: str | None = "ready", *found: BridgeCheck) -> str:
    """What the page says once a bridge is enrolled, in this state, and told this some minutes ago."""
    with served.engine.begin() as connection:
        set_credential(connection, name=BRIDGE, device=None, platform="chromeos", secret_hash="$7$", now_us=1)
        connection.execute(publishers.update().values(state=state))
        if found:
            keep_checks(connection, 1, "google", found, seed.NOW - timedelta(minutes=7))
    return words_of(read_page(served, "/enroll"))


def test_before_there_is_a_bridge_it_says_how_to_get_one(served: Served) -> None:
    words = words_of(read_page(served, "/enroll"))

    assert "enroll-token create --platform chromeos" in words
    assert f"rollcall-agent bridge google enroll {served.url}" in words
    assert "rollcall-agent bridge google --check" in words


def test_what_is_wrong_is_said_with_the_way_out_and_how_old_it_is(served: Served) -> None:
    words = enroll(served, "ready", WELL, WRONG)

    assert "Something is wrong google, ChromeOS" in words
    assert "Checked 7 min ago" in words
    assert "telemetry may be read" in words
    assert "directory wrong Google refuses (HTTP 403, <forbidden>) Assign service accounts" in words


@pytest.mark.parametrize(
    ("state", "found", "word"),
    [
        ("ready", (WELL,), "Well google"),
        ("lost", (WELL,), "Not connected google"),
        ("ready", (), f"Not checked {BRIDGE}"),
        (None, (), f"Not connected {BRIDGE}"),
    ],
)
def test_a_bridge_is_shown_as_it_is(
    served: Served, state: str | None, found: tuple[BridgeCheck, ...], word: str
) -> None:
    assert word in enroll(served, state, *found)


def test_who_only_looks_is_not_told_of_bridges(served: Served) -> None:
    enroll(served, "ready", WRONG)

    words = words_of(read_page(served, "/enroll", "viewer"))

    assert "Google refuses" not in words
