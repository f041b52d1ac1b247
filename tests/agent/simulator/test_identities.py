"""How the simulated fleet enrolls: with which token, and never twice."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollcall_agent.errors import ConfigError, EnrollmentError
from rollcall_agent.simulator.command import SystemClock
from rollcall_agent.simulator.district import Plan
from rollcall_agent.simulator.identities import Identities, Tokens, read_tokens
from rollcall_agent.simulator.state import settle_plan
from tests.support.fleets.make_believe import FIRST, LAST

ANSWER = {
    "device_id": "d-0123456789ab",
    "publisher": "d-0123456789ab",
    "password": "secret",
    "broker": {"host": "127.0.0.1", "port": 1883, "ca_pem": None},
    "settings": {"vitals_minutes": 60},
}
WRITTEN = json.dumps(ANSWER).encode()
URL = "http://127.0.0.1:8460"


def test_identities_outlive_a_run_and_a_line_cut_off_in_the_middle(tmp_path: Path) -> None:
    first = Identities(tmp_path, url=URL)
    first.start()
    kept = first.keep("SIM1", WRITTEN)
    with (tmp_path / "identities.jsonl").open("a") as file:
        file.write('{"name": "SIM2", "ans')

    later = Identities(tmp_path, url=URL)
    later.start()

    assert later.find("SIM1") == kept
    assert later.find("SIM2") is None
    assert later.keep("SIM2", WRITTEN) == kept
    again = Identities(tmp_path, url=URL)
    again.start()
    assert again.find("SIM2") is not None


def test_passwords_are_for_their_owner_alone(tmp_path: Path) -> None:
    Identities(tmp_path, url=URL).start()

    assert (tmp_path / "identities.jsonl").stat().st_mode & 0o077 == 0


def test_the_brokers_authority_is_written_beside_the_identities(tmp_path: Path) -> None:
    identities = Identities(tmp_path, url=URL)
    identities.start()

    private = ANSWER | {"broker": {"host": "broker.school", "port": 8883, "ca_pem": "PEM"}}
    found = identities.ca_file(identities.keep("SIM1", json.dumps(private).encode()))

    assert found is not None
    assert found.read_text() == "PEM"


def test_a_token_file_holds_one_token_or_one_a_site(tmp_path: Path) -> None:
    alone, by_site = tmp_path / "alone", tmp_path / "by_site"
    alone.write_text("a-token\n")
    by_site.write_text('{"devices": {"Hillside School": "one"}, "bridges": {"Hillside School": "two"}}')

    assert read_tokens(alone).device_token("Hillside School") == "a-token"
    assert read_tokens(by_site) == Tokens(devices={"Hillside School": "one"}, bridges={"Hillside School": "two"})
    with pytest.raises(EnrollmentError, match="no token for Harbour School"):
        read_tokens(by_site).device_token("Harbour School")


@pytest.mark.parametrize("text", [None, "{", '{"bridges": {}}', '{"devices": 3}'])
def test_a_token_file_that_cannot_be_used_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "tokens"
    if text is not None:
        path.write_text(text)

    with pytest.raises(EnrollmentError, match="tokens cannot be used"):
        read_tokens(path)


def test_a_plan_is_kept_with_its_days_and_refuses_another(tmp_path: Path) -> None:
    plan = Plan(seed=1, devices=10, schools=1, carts=1, first=FIRST, last=LAST)
    later = Plan(seed=1, devices=10, schools=1, carts=1, first=LAST, last=LAST + timedelta(days=30))

    first = settle_plan(tmp_path / "out", plan)

    assert settle_plan(tmp_path / "out", later) == first == plan
    with pytest.raises(ConfigError, match="its seed, devices differ"):
        settle_plan(tmp_path / "out", Plan(seed=2, devices=11, schools=1, carts=1, first=FIRST, last=LAST))


def test_the_make_believe_present_never_runs_ahead_of_the_real_one() -> None:
    plain, fast = SystemClock(speed=1.0), SystemClock(speed=1e12)

    begun = SystemClock(speed=2.0).told_until()

    now = datetime.now(UTC)
    assert now - timedelta(seconds=5) <= plain.told_until() <= datetime.now(UTC)
    assert now - timedelta(seconds=5) <= fast.told_until() <= datetime.now(UTC)
    assert now - timedelta(days=7, seconds=5) <= begun <= now - timedelta(days=6)
