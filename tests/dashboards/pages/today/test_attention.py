"""What Today says needs somebody: only what is known, and nothing that a person could not act upon."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from rollcall_collector.model.cart import Cart, CartReadiness, Member, SlotReadiness, SlotState
from rollcall_collector.model.site import Site
from rollcall_collector.model.verdict import VERDICTS, Verdict
from rollcall_collector.store.attendance import Attendance, DayCount, LostBridge
from rollcall_collector.store.health import RefusalCount
from rollcall_collector.store.judged.flag_overview import OpenFlag, OpenGroup
from rollcall_dashboards.pages.health import view as health
from rollcall_dashboards.pages.models import view as models
from rollcall_dashboards.pages.today import attention, model_incidents
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.short_carts import short_carts

AT = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)
TODAY = AT.date()
SITES = {"Oak": Site(site=1, name="Oak", zone="Europe/Berlin")}


def _cart(name: str, **states: int) -> CartReadiness:
    member = Member(device=1, device_id="d-1", name="CB-01", slot=1)
    named: list[Any] = [state for state, count in states.items() for _ in range(count)]
    slots = tuple(_slot(state, member) for state in named)
    cart = Cart(cart=1, name=name, site="Oak", members=len(slots))
    return CartReadiness(cart=cart, slots=slots, ready=states.get("ready", 0), members=len(slots))


def _slot(state: SlotState, member: Member) -> SlotReadiness:
    return SlotReadiness(slot=1, member=member, state=state, letter="R", reason="")


def _group(count: int, verdict: Verdict = "repair", finding: str = "worn_battery") -> OpenGroup:
    first = tuple(
        OpenFlag(
            device_id=f"d-{number}",
            device_name=f"CB-{number:02d}",
            site="Oak",
            cart="Cart A",
            sentence="Replace the battery. (A published rule.)",
        )
        for number in range(1, min(count, 4) + 1)
    )
    return OpenGroup(finding=finding, verdict=verdict, count=count, new=count // 2, first=first)


def _days(model: str, active: int, hurt: int) -> DayCount:
    return DayCount(site="Oak", model=model, on=date(2026, 11, 24), active=active, hurt=hurt)


@pytest.mark.parametrize(
    ("cart", "is_short"),
    [
        (_cart("A", ready=24, missing=6), False),
        (_cart("A", ready=23, missing=7), True),
        (_cart("A", ready=10, in_use=20), False),
        (_cart("A", ready=10, charging=20), False),
        (_cart("A", ready=10, unknown=20), False),
        (_cart("A", ready=10, in_use=19, low=1), False),
        (_cart("A", ready=10, in_use=10, low=10), True),
        (_cart("A"), False),
    ],
)
def test_a_cart_is_short_only_where_somebody_can_do_something_about_it(cart: CartReadiness, is_short: bool) -> None:
    assert bool(short_carts([cart], SITES, AT)) == is_short


def test_short_carts_are_one_line_and_a_single_one_leads_to_its_slots() -> None:
    carts = [_cart("A", ready=7, low=3), _cart("B", ready=1, low=9)]

    (both,) = attention.few_ready(short_carts(carts, SITES, AT))
    (one,) = attention.few_ready(short_carts(carts[:1], SITES, AT))

    assert (both.sentence, both.href) == ("2 carts are short of devices", "/carts?short=1")
    assert both.detail == "Oak, B: only 1 of 10 ready; Oak, A: only 7 of 10 ready"
    assert (one.sentence, one.detail) == ("A: only 7 of 10 ready", "Oak: 3 low")
    assert attention.few_ready([]) == []


def test_a_cart_of_a_closed_school_is_not_short() -> None:
    sunday = AT - timedelta(days=AT.weekday() + 1)

    assert short_carts([_cart("B", ready=1, low=9)], SITES, sunday) == []


def test_one_flag_is_told_by_its_device_and_two_of_a_kind_are_one_line() -> None:
    (several,) = attention.new_flags([_group(2)])
    (single,) = attention.new_flags([_group(1)])

    assert several.sentence == "2 devices to repair: worn battery"
    assert several.href == "/devices?asks=repair&finding=worn_battery"
    assert several.detail == "CB-01, CB-02 · 1 new since yesterday"
    assert single.sentence == "CB-01: Replace the battery."


@pytest.mark.parametrize(
    ("group", "sentence", "href"),
    [
        (_group(112, "refresh", "support_end"), "112 devices to refresh: end of support", "/replace#refreshes"),
        (_group(7, "replace", "unreliable"), "7 devices to replace: more failures than peers", "/replace"),
        (_group(3, "claim", "unreliable"), "3 devices to claim: more failures than peers", "/replace#claims"),
        (_group(5, "missing", "missing"), "5 devices are missing", "/devices?asks=missing&finding=missing"),
    ],
)
def test_a_hundred_flags_are_one_line_that_leads_to_where_they_are_decided(
    group: OpenGroup, sentence: str, href: str
) -> None:
    (need,) = attention.new_flags([group])

    assert (need.sentence, need.href) == (sentence, href)
    assert (" and others" in need.detail) == (group.count > 4)


def test_what_is_to_replace_stands_before_what_is_to_watch() -> None:
    found = attention.new_flags([_group(1, "watch", "unreliable"), _group(1, "replace", "unreliable")])

    assert min(found, key=lambda one: one.rank).tone == "bad"


def test_a_site_is_quiet_when_fewer_than_half_were_heard_and_small_sites_never_are() -> None:
    half = Attendance(site="Oak", devices=20, heard_today=10, heard_lately=20, last_heard_at=AT)
    less = Attendance(site="Elm", devices=20, heard_today=9, heard_lately=20, last_heard_at=AT)
    small = Attendance(site="Ash", devices=4, heard_today=0, heard_lately=4, last_heard_at=AT)

    found = attention.quiet_sites([half, less, small])

    assert [one.sentence for one in found] == ["Elm: 9 of 20 devices heard today"]


@pytest.mark.parametrize(
    ("recent", "before", "is_shock"),
    [
        (_days("X", 20, 8), _days("X", 300, 6), True),
        (_days("X", 20, 4), _days("X", 300, 6), False),  # four device-days are too few
        (_days("X", 100, 10), _days("X", 300, 1), False),  # a tenth is no shock
        (_days("X", 20, 8), _days("X", 300, 60), False),  # it was always so
        (_days("X", 20, 8), _days("Y", 300, 0), False),  # nothing is known of it before
    ],
)
def test_a_model_is_struck_only_against_its_own_past(recent: DayCount, before: DayCount, is_shock: bool) -> None:
    assert bool(model_incidents.struck_models([], [recent], [before], today=TODAY)) == is_shock


def _shock(**changed: Any) -> dict[str, Any]:
    return {
        "channel": "crash",
        "platform": "windows",
        "model": "Maple Book 14",
        "from_on": "2026-10-12",
        "until_on": "2026-11-11",
        "devices": 34,
        "incidents": 55,
        "usual": 8.0,
        "version": "10.0.22631.9",
    } | changed


def test_a_bad_update_is_named_with_its_version_and_charged_to_nobody() -> None:
    (need,) = model_incidents.struck_models([_shock()], [], [], today=TODAY)

    assert need.sentence == (
        "Version 10.0.22631.9 broke Maple Book 14: 34 devices crashed 55 times between Mon 12 Oct and Tue 10 Nov "
        "where 8 are usual"
    )
    assert need.detail.startswith("Not charged to the devices.")
    assert need.href == "/devices?model=Maple+Book+14"


def test_what_struck_without_a_version_to_blame_is_said_without_one() -> None:
    (need,) = model_incidents.struck_models(
        [_shock(version=None, channel="network", until_on="2026-11-25")], [], [], today=TODAY
    )

    assert need.sentence == (
        "Something struck Maple Book 14: 34 devices had 55 incidents since Mon 12 Oct where 8 are usual"
    )


def test_a_model_is_told_once_and_an_old_shock_is_no_news() -> None:
    old = model_incidents.struck_models([_shock(until_on="2026-10-25")], [], [], today=TODAY)
    both = model_incidents.struck_models(
        [_shock(incidents=9, channel="update"), _shock()],
        [_days("Maple Book 14", 20, 8), _days("Other", 20, 8)],
        [_days("Maple Book 14", 300, 6), _days("Other", 300, 6)],
        today=TODAY,
    )

    assert old == []
    assert [one.sentence.split(":")[0] for one in both] == ["Version 10.0.22631.9 broke Maple Book 14", "Other"]


def test_who_fell_silent_is_one_line_or_one_a_school_while_another_has_holidays() -> None:
    (all_of_them,) = attention.silent_devices([("", 1)])
    (elm,) = attention.silent_devices([("Oak", 0), ("Elm & Ash", 3)])

    assert all_of_them.sentence == "1 device has not been heard for two weeks"
    assert all_of_them.href == "/devices?heard=fallen&sort=last_heard"
    assert elm.sentence == "Elm & Ash: 3 devices have not been heard for two weeks"
    assert elm.href == "/devices?heard=fallen&sort=last_heard&site=Elm+%26+Ash"
    assert attention.silent_devices([("", 0)]) == []


def test_a_letter_means_one_thing_on_all_pages() -> None:
    shown: dict[str, set[str]] = defaultdict(set)
    for verdict in VERDICTS:
        (need,) = attention.new_flags([_group(2, verdict, "worn_battery")])
        shown[need.letter].add(verdict)
    for kind, needs in {
        "cart": attention.few_ready(short_carts([_cart("A", ready=7, low=3)], SITES, AT)),
        "silent": [
            *attention.quiet_sites(
                [Attendance(site="Oak", devices=60, heard_today=2, heard_lately=60, last_heard_at=AT)]
            ),
            *attention.silent_devices([("", 4)]),
        ],
        "model": model_incidents.struck_models(
            [_shock()], [_days("Other", 20, 8)], [_days("Other", 300, 6)], today=TODAY
        ),
        "lost": attention.lost_bridges([LostBridge(name="google", state="lost", last_heard_at=AT)]),
        "refused": attention.refused_reports(
            [RefusalCount(reason="clock_wrong", publisher="d-1", count=3, detail="x", last_at=AT)]
        ),
    }.items():
        assert needs
        for need in needs:
            shown[need.letter].add(kind)
    for state in get_args(SlotState):
        shown[badges.slot(state).letter].add(state)
    for state, (letter, *_) in health.STATES.items():
        shown[letter].add(f"connected: {state}" if state == "ready" else state)
    for standing, face in [*models.ADVICE.items(), *models.STANDINGS.items()]:
        if face is not None:
            shown[face.letter].add(standing)
    shown.pop("?")  # nobody knows: of a device, of its slot, of its connection

    assert {letter: kinds for letter, kinds in shown.items() if len(kinds) > 1} == {}
