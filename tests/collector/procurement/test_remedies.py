"""Remedies: a part is mended where one is named, a new device is for who stands on the replace list."""

import pytest

from rollcall_collector.judge.findings.registry import part_of
from rollcall_collector.model.flag import Evidence, Finding
from rollcall_collector.model.judgement import StartJudgement
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.procurement.lost_minutes import Record
from rollcall_collector.procurement.minutes_table import MinutesTable
from rollcall_collector.procurement.prices import Prices, price_repair, price_replacement
from rollcall_collector.procurement.remedies import Case, Remedy, claim, find_remedies, win_all
from tests.support.fleets.planned import judgement

TABLE = MinutesTable()
PRICES = Prices(battery_swap=45, disk_swap=60, repair=80, labour=15)
RECORD = Record(
    active_share=0.5,
    rates=(
        judgement("crash", ratio=4.0, forecast_yearly=12.0),
        judgement("storage", ratio=2.0, forecast_yearly=1.0),
        judgement("thermal", ratio=3.0, forecast_yearly=3.0),
    ),
    starts=StartJudgement(device=1, usual_seconds=40, now_seconds=90, model_seconds=40, starts_yearly=180),
)


def _found(finding: str, verdict: Verdict = "repair", **evidence: float | str) -> Finding:
    return Finding(finding=finding, verdict=verdict, sentence="…", evidence=evidence)


def _unreliable(verdict: Verdict = "replace", channel: str = "any") -> Finding:
    return _found("unreliable", verdict, channel=channel, listed="replace")


def _remedies(*findings: Finding, new_price: float | None = 300.0, prices: Prices = PRICES) -> tuple[Remedy, ...]:
    return find_remedies(Case(findings=findings, record=RECORD, new_price=new_price), table=TABLE, prices=prices)


def _said(remedies: tuple[Remedy, ...]) -> list[tuple[str, tuple[str, ...], float | None]]:
    return [(one.step, one.parts, one.cost) for one in remedies]


def test_a_spent_battery_is_changed_and_the_device_stays() -> None:
    assert _said(_remedies(_found("worn_battery"))) == [("repair", ("battery",), 60)]


def test_an_unreliable_device_is_replaced() -> None:
    (one,) = _remedies(_unreliable())

    assert (one.step, one.parts, one.cost) == ("replace", (), 300)
    assert one.won.yearly == pytest.approx(
        win_all(Case(findings=(), record=RECORD, new_price=None), table=TABLE).yearly
    )


def test_on_the_replace_list_a_part_competes_with_a_new_device() -> None:
    found = _remedies(_unreliable("repair", "storage"))

    assert _said(found) == [("repair", ("disk",), 75), ("replace", (), 300)]
    assert found[0].won.yearly < found[1].won.yearly


def test_two_parts_can_be_mended_apart_or_on_one_visit() -> None:
    found = _remedies(_found("failing_disk"), _found("worn_battery"))

    assert _said(found) == [
        ("repair", ("disk",), 75),
        ("repair", ("battery",), 60),
        ("repair", ("disk", "battery"), 120),
    ]
    assert found[2].won.over(3) == pytest.approx(found[0].won.over(3) + found[1].won.over(3))


def test_a_battery_that_costs_over_half_a_new_device_is_not_changed() -> None:
    found = _remedies(_found("worn_battery"), new_price=119.0)

    assert _said(found) == [("replace", (), 119)]
    assert _said(_remedies(_found("worn_battery"), new_price=120.0)) == [("repair", ("battery",), 60)]


def test_a_battery_that_judging_would_not_change_is_not_offered_again() -> None:
    assert _said(_remedies(_found("battery_outlook", "replace"))) == [("replace", (), 300)]


def test_what_nobody_priced_has_no_cost() -> None:
    unpriced = Prices()

    found = _remedies(_unreliable("repair", "storage"), new_price=None, prices=unpriced)

    assert _said(found) == [("repair", ("disk",), None), ("replace", (), None)]


@pytest.mark.parametrize(
    ("finding", "evidence", "part"),
    [
        ("unreliable", {"channel": "any"}, None),
        ("unreliable", {"channel": "thermal"}, "fan"),
        ("unreliable", {"channel": "storage"}, "disk"),
        ("growing_disk_errors", {}, "disk"),
        ("battery_replace_now", {}, "battery"),
        ("slow_start", {}, "slow start"),
        ("support_end", {}, None),
    ],
)
def test_a_finding_names_a_part_or_the_whole(finding: str, evidence: Evidence, part: str | None) -> None:
    assert part_of(Finding(finding=finding, verdict="repair", sentence="", evidence=evidence)) == part


def test_a_slow_start_wins_what_its_peers_did_not_lose_too() -> None:
    found = _found("slow_start", now_seconds=90.0, usual_seconds=40.0, peers_seconds=20.0)

    (one,) = _remedies(found)

    assert one.won.yearly == pytest.approx(180 * 30 / 60)


def test_a_claim_costs_nothing_and_wins_what_the_vendor_owes() -> None:
    disk = claim(Case(findings=(_found("failing_disk", "claim"),), record=RECORD, new_price=300), table=TABLE)
    whole = claim(Case(findings=(_unreliable("claim"),), record=RECORD, new_price=300), table=TABLE)

    assert (disk.step, disk.parts, disk.cost) == ("claim", ("disk",), 0)
    assert disk.won.once == TABLE.storage
    assert (whole.step, whole.parts, whole.cost) == ("claim", (), 0)
    assert whole.won.yearly > disk.won.yearly


def test_prices_count_the_work_once_and_what_the_old_one_brings() -> None:
    prices = Prices(battery_swap=45, disk_swap=60, labour=20, resale=0.1, replacement_windows=500)

    assert price_repair(prices, ("battery", "disk")) == 125
    assert price_repair(prices, ("fan",)) is None
    assert price_replacement(prices, platform="windows", paid=400) == 500 + 20 - 40
    assert price_replacement(prices, platform="chromeos", paid=300) == 300 + 20 - 30
    assert price_replacement(prices, platform="windows", paid=None) == 500 + 20 - 50
    assert price_replacement(prices, platform="chromeos", paid=None) is None
    assert price_replacement(Prices(resale=25), platform=None, paid=300) == 275
    assert price_replacement(Prices(resale=400), platform=None, paid=300) == 0
