"""The demo's judging is held against what is really wrong: names counted, minutes reckoned by the true rates."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from rollcall_collector.cli.demo.lists import Score, score_lists, tell_scores
from rollcall_collector.cli.demo.money import Spent, spend, tell_money
from rollcall_collector.cli.demo.prices import enter_prices
from rollcall_collector.cli.demo.truth import TRUTH, check_demo
from rollcall_collector.cli.demo.truth_file import TrueDevice, read_truth
from rollcall_collector.cli.parts.assembly import StationError
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.config import CollectorSettings
from rollcall_collector.model.flag import Flag
from rollcall_collector.procurement.kept_prices import keep_prices, with_kept_prices
from rollcall_collector.procurement.lost_minutes import TYPICAL_DAYS
from tests.support.fleets.planned import DISK, NOW, SETTINGS, WORN, Planned, unreliable

AT = datetime(2026, 3, 4, tzinfo=UTC)


def _true(name: str, *, theta: float = 1.0, own: int = 0, wrong: tuple[str, ...] = (), **more: Any) -> TrueDevice:
    usual = more.pop("usual", {"crash": 2.0})
    return TrueDevice(
        device_id=f"d-{name}",
        theta=theta,
        usual=usual,
        boot_factor=more.pop("boot_factor", 1.0),
        slow_factor=more.pop("slow_factor", 1.0),
        own_incidents=own,
        wrong=frozenset(wrong),
    )


def _flag(name: str, finding: str, **evidence: float | str) -> Flag:
    return Flag(
        flag=1,
        device=1,
        device_id=f"d-{name}",
        device_name=name,
        site=None,
        cart=None,
        finding=finding,
        verdict="replace",
        state="open",
        sentence="",
        evidence=evidence,
        opened_at=AT,
        seen_at=AT,
    )


def _by_name(scores: tuple[Score, ...]) -> dict[str, Score]:
    return {one.name: one for one in scores}


def test_a_name_is_right_when_its_device_truly_fails_too_often_or_its_disk_dies() -> None:
    truth = {
        one.device_id: one
        for one in (
            _true("bad", theta=4, own=3, wrong=("unreliable",)),
            _true("unseen", theta=4, own=1, wrong=("unreliable",)),
            _true("unlucky", theta=0.8, own=4),
            _true("disk", theta=0.8, wrong=("failing_disk",)),
            _true("accused", theta=0.8, wrong=("failing_disk",)),
        )
    }
    flags = [
        _flag("bad", "unreliable", listed="replace", channel="any"),
        _flag("unlucky", "unreliable", listed="replace", channel="crash"),
        _flag("disk", "unreliable", listed="replace", channel="storage"),
        _flag("accused", "unreliable", listed="watch", channel="crash"),
        _flag("stranger", "unreliable", listed="replace", channel="any"),
    ]

    scores = score_lists(flags, truth, replace=0.05, watch=0.2)

    replace, watch = _by_name(scores)["to replace"], _by_name(scores)["to watch"]
    assert (replace.named, replace.right, replace.true, replace.found) == (3, 2, 2, 1)
    assert replace.wrong_share == pytest.approx(1 / 3)
    assert replace.recall == 0.5
    assert (watch.named, watch.right, watch.stated) == (1, 0, 0.2)
    assert "Of the 2 truly unreliable devices 1 failed twice or more" in "\n".join(tell_scores(scores, truth))


def test_each_finding_is_held_against_its_own_truth() -> None:
    truth = {
        one.device_id: one
        for one in (
            _true("slow", wrong=("slow_start", "missing")),
            _true("worn", wrong=("worn_battery", "fading_battery")),
            _true("fine"),
        )
    }
    flags = [
        _flag("slow", "slow_start"),
        _flag("fine", "slow_start"),
        _flag("worn", "worn_battery"),
        _flag("worn", "battery_replace_now"),
        _flag("fine", "battery_outlook"),
    ]

    scores = _by_name(score_lists(flags, truth, replace=0.05, watch=0.2))

    assert (scores["slow start"].wrong_share, scores["slow start"].recall) == (0.5, 1)
    assert (scores["worn battery"].named, scores["worn battery"].wrong_share) == (1, 0)
    assert (scores["fading battery"].wrong_share, scores["fading battery"].recall) == (None, 0)
    assert (scores["missing"].named, scores["missing"].recall) == (0, 0)
    assert (scores["failing disk"].wrong_share, scores["failing disk"].recall) == (None, None)


@pytest.fixture
def engine(tmp_path: Path) -> Any:
    """A fresh SQLite store."""
    with opened_store(CollectorSettings(folder=tmp_path)) as opened:
        yield opened


def _spent(engine: Engine, truth: list[TrueDevice], *, budget: float) -> dict[str, Spent]:
    with engine.begin() as connection:
        fleet = Planned(connection=connection)
        fleet.judging()
        fleet.device("bad", unreliable(9), failed=9)
        fleet.device("unlucky", unreliable(8), failed=8)
        fleet.device("worn", WORN, failed=1)
        fleet.device("disk", DISK, failed=1)
        fleet.device("old", failed=12, purchased_on=datetime(2020, 3, 4, tzinfo=UTC).date(), price=300.0)
        ids = {key: f"d-{name}" for name, key in fleet.keys.items()}
        by_id = {one.device_id: one for one in truth}
        found = spend(connection, by_id, ids, budget=budget, settings=SETTINGS, now=NOW)
    return {one.name: one for one in found}


def test_minutes_are_reckoned_by_the_true_rates_whatever_was_counted(engine: Engine) -> None:
    truth = [
        _true("bad", theta=5),
        _true("unlucky", theta=0.8),
        _true("worn", wrong=("worn_battery",)),
        _true("disk", wrong=("failing_disk",)),
        _true("old", theta=1.0),
    ]

    spent = _spent(engine, truth, budget=5000)

    ours, years = spent["this plan"], 4.0
    crashes = (5 - 1) * 2 * TYPICAL_DAYS / 100 * SETTINGS.minutes.crash
    flat = TYPICAL_DAYS / 10 * SETTINGS.minutes.battery
    assert ours.devices == 4
    assert ours.cost == 300 + 300 + 45 + 60
    assert ours.minutes == pytest.approx((crashes + flat) * years + SETTINGS.minutes.storage, rel=0.01)
    assert ours.per_thousand == pytest.approx(1000 * ours.minutes / 705)


def test_the_simple_rules_spend_the_same_money_by_age_and_by_count(engine: Engine) -> None:
    truth = [_true("old", theta=2.0), _true("bad", theta=5), _true("unlucky"), _true("worn"), _true("disk")]

    spent = _spent(engine, truth, budget=350)

    one_year = 2 * TYPICAL_DAYS / 100 * SETTINGS.minutes.crash
    assert {name: (one.devices, one.cost) for name, one in spent.items() if name != "this plan"} == {
        "oldest first": (1, 300),
        "most failures first": (1, 300),
    }
    assert spent["oldest first"].minutes == pytest.approx(one_year * 1.0, rel=0.05)
    assert spent["most failures first"].minutes == spent["oldest first"].minutes
    assert "for 1,000" in "\n".join(tell_money(spent.values(), budget=350))


def test_a_slow_device_loses_what_its_starts_take_longer_than_its_models(engine: Engine) -> None:
    slow = _true("bad", theta=1.0, boot_factor=1.25, slow_factor=1.6)

    spent = _spent(engine, [slow], budget=5000)

    waiting = 180 * 40 * (1.25 * 1.6 - 1) / 60
    assert spent["this plan"].minutes == pytest.approx(waiting * 4, rel=0.01)


def test_a_demo_that_is_not_told_or_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    settings = CollectorSettings(folder=tmp_path)
    with pytest.raises(StationError, match="start `rollcall demo` first"):
        check_demo(settings, now=NOW, budget=1000)
    file = tmp_path / TRUTH
    file.parent.mkdir()
    file.write_text(json.dumps({"devices": [{"device_id": "d-1", "incidents": {}}]}))

    with pytest.raises(StationError, match="is of another version"):
        read_truth(file)
    file.write_text(json.dumps({"devices": []}))
    with pytest.raises(StationError, match="is not judged yet"):
        check_demo(settings, now=NOW, budget=1000)


def test_the_demos_prices_stand_in_its_store_once_and_then_are_what_people_entered(tmp_path: Path) -> None:
    settings = CollectorSettings(folder=tmp_path, prices={"disk_swap": 99})  # type: ignore[arg-type]  # as from a file
    with opened_store(settings) as engine:
        enter_prices(engine, settings)
        with engine.begin() as connection:
            first = with_kept_prices(connection, settings.plan).prices
            keep_prices(connection, {"battery_swap": "50"}, author="Kim", now=AT)

        enter_prices(engine, settings)

        with engine.connect() as connection:
            then = with_kept_prices(connection, settings.plan).prices
    assert (first.disk_swap, first.battery_swap, first.repair) == (99, 45, 80)
    assert (then.disk_swap, then.battery_swap, then.repair) == (99, 50, None)
