"""Flags: judging opens, keeps and closes them; what people decide stands, with author and reason."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from rollcall_collector.errors import FlagError, ReasonError, UnknownNameError
from rollcall_collector.model.flag import Action, Finding, Flag, FlagState
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import DeviceVerdict, Verdict
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.judged.decisions import settled
from rollcall_collector.store.judged.flags import decide, find_flag, keep_findings, list_flags, wake_postponed
from rollcall_collector.store.judged.verdicts import keep_verdicts
from tests.support.fleets.kept import keep_device

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
RULES = ("failing_disk", "worn_battery")
EVERY: tuple[FlagState, ...] = ("open", "accepted", "postponed", "dismissed", "done", "closed")


def _finding(name: str = "failing_disk", verdict: Verdict = "repair", sentence: str = "Replace the disk.") -> Finding:
    return Finding(finding=name, verdict=verdict, sentence=sentence, evidence={"value": 3, "on": "2026-03-01"})


def _keep(engine: Engine, device: int, *findings: Finding, days: int = 0) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with engine.begin() as connection:
        return keep_findings(connection, device, findings, rules=RULES, now=NOW + timedelta(days=days))


def _device(engine: Engine, name: str = "a1") -> int:
    with engine.begin() as connection:
        device = keep_device(connection, name, site="Oak", cart="B", asset_tag=f"T-{name}")
        own = DeviceVerdict(verdict="healthy", sentence="Nothing speaks against it.", active_days=90)
        keep_verdicts(connection, {device: own}, NOW)
    return device


def _flags(engine: Engine, device: int) -> list[Flag]:
    with engine.connect() as connection:
        return list(list_flags(connection, Scope.all(), states=EVERY, device=device))


def _decide(engine: Engine, flag: int, action: Action, until: date | None = None) -> Flag:
    with engine.begin() as connection:
        return decide(connection, Scope.all(), flag, action, author="kim", reason="because", until=until, now=NOW)


def _verdict(engine: Engine) -> tuple[str, str]:
    with engine.connect() as connection:
        device = find_device(connection, Scope.all(), "A1")
    return device.verdict, device.sentence


def test_a_finding_opens_a_flag_with_its_evidence(engine: Engine) -> None:
    device = _device(engine)

    changed = _keep(engine, device, _finding())

    (flag,) = _flags(engine, device)
    assert changed == (("failing_disk",), ())
    assert (flag.state, flag.verdict, flag.device_name, flag.site, flag.cart) == ("open", "repair", "T-a1", "Oak", "B")
    assert dict(flag.evidence) == {"value": 3, "on": "2026-03-01"}
    assert (flag.opened_at, flag.seen_at) == (NOW, NOW)


def test_the_same_finding_keeps_its_flag_and_says_it_anew(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())

    changed = _keep(engine, device, _finding(sentence="Replace it now.", verdict="claim"), days=1)

    (flag,) = _flags(engine, device)
    assert changed == ((), ())
    assert (flag.sentence, flag.verdict) == ("Replace it now.", "claim")
    assert (flag.opened_at, flag.seen_at) == (NOW, NOW + timedelta(days=1))


def test_a_finding_that_is_gone_closes_its_flag_and_opens_it_again(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())

    gone = _keep(engine, device, _finding("worn_battery"), days=1)
    back = _keep(engine, device, _finding(), days=2)

    assert gone == (("worn_battery",), ("failing_disk",))
    assert back == (("failing_disk",), ("worn_battery",))
    assert {flag.finding: flag.state for flag in _flags(engine, device)} == {
        "failing_disk": "open",
        "worn_battery": "closed",
    }


def test_judging_by_some_rules_leaves_the_flags_of_others(engine: Engine) -> None:
    device = _device(engine)
    with engine.begin() as connection:
        keep_findings(connection, device, [_finding("many_incidents")], rules=("many_incidents",), now=NOW)

    changed = _keep(engine, device)

    assert changed == ((), ())
    assert [flag.state for flag in _flags(engine, device)] == ["open"]


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (["accept"], "accepted"),
        (["dismiss"], "dismissed"),
        (["finish"], "done"),
        (["accept", "finish"], "done"),
        (["accept", "reopen"], "open"),
        (["dismiss", "reopen"], "open"),
    ],
)
def test_decisions_move_a_flag_and_are_kept(engine: Engine, actions: list[Action], state: str) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())
    (flag,) = _flags(engine, device)

    decided = [_decide(engine, flag.flag, action) for action in actions][-1]

    assert decided.state == state
    assert [(one.action, one.author, one.reason, one.decided_at) for one in decided.decisions] == [
        (action, "kim", "because", NOW) for action in actions
    ]


def test_a_decision_that_the_state_does_not_allow_is_refused_and_not_kept(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())
    (flag,) = _flags(engine, device)
    _decide(engine, flag.flag, "dismiss")

    with pytest.raises(FlagError, match="is dismissed: it cannot accept"):
        _decide(engine, flag.flag, "accept")
    with pytest.raises(UnknownNameError, match="unknown flag 999"):
        _decide(engine, 999, "accept")

    assert [one.action for one in _flags(engine, device)[0].decisions] == ["dismiss"]


def test_postponing_needs_a_day_and_ends_on_it(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())
    (flag,) = _flags(engine, device)
    until = NOW.date() + timedelta(days=7)
    with pytest.raises(FlagError, match="needs the day"):
        _decide(engine, flag.flag, "postpone")
    with pytest.raises(FlagError, match="needs the day"):
        _decide(engine, flag.flag, "accept", until)

    postponed = _decide(engine, flag.flag, "postpone", until)
    _keep(engine, device, _finding(), days=3)
    with engine.begin() as connection:
        early = wake_postponed(connection, until - timedelta(days=1))
        late = wake_postponed(connection, until)
        again = wake_postponed(connection, until)

    assert (postponed.state, postponed.decisions[-1].until_on) == ("postponed", until)
    assert (early, late, again) == (0, 1, 0)
    assert _flags(engine, device)[0].state == "open"


def test_a_dismissed_flag_stays_dismissed_whatever_judging_says(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())
    (flag,) = _flags(engine, device)
    _decide(engine, flag.flag, "dismiss")

    changed = _keep(engine, device, _finding(), days=1)
    _keep(engine, device, days=2)

    assert changed == ((), ())
    assert _flags(engine, device)[0].state == "dismissed"


def test_a_finished_flag_opens_again_only_by_new_evidence(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())
    (flag,) = _flags(engine, device)
    _decide(engine, flag.flag, "finish")

    quiet = _keep(engine, device, days=1)
    with engine.connect() as connection:
        done = settled(connection, [device])
    fresh = _keep(engine, device, _finding(), days=9)

    assert quiet == ((), ())
    assert done == {device: {"failing_disk": to_day(NOW.date())}}
    assert fresh == (("failing_disk",), ())


def test_a_devices_verdict_follows_its_worst_flag_and_the_decisions(engine: Engine) -> None:
    device = _device(engine)
    assert _verdict(engine)[0] == "healthy"
    _keep(engine, device, _finding(), _finding("worn_battery", "claim", "Claim the battery."))
    with engine.begin() as connection:
        own = DeviceVerdict(verdict="healthy", sentence="Nothing speaks against it.", active_days=91)
        keep_verdicts(connection, {device: own}, NOW)
    flags = {flag.finding: flag.flag for flag in _flags(engine, device)}

    said = [_verdict(engine)]
    _decide(engine, flags["worn_battery"], "dismiss")
    said.append(_verdict(engine))
    _decide(engine, flags["failing_disk"], "finish")
    said.append(_verdict(engine))
    _decide(engine, flags["worn_battery"], "reopen")
    said.append(_verdict(engine))

    assert said == [
        ("claim", "Claim the battery."),
        ("repair", "Replace the disk."),
        ("watch", "Named, dismissed by kim on 4 Mar 2026: “because”. Claim the battery."),
        ("claim", "Claim the battery."),
    ]


def test_a_dismissal_and_a_postponement_need_a_reason(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())
    (flag,) = _flags(engine, device)

    with engine.begin() as connection:
        for action, until in (("dismiss", None), ("postpone", NOW.date() + timedelta(days=7))):
            with pytest.raises(ReasonError, match=f"to {action} a flag needs a reason"):
                decide(connection, Scope.all(), flag.flag, action, author="kim", reason=" ", until=until, now=NOW)  # type: ignore[arg-type]  # two of its words
        accepted = decide(connection, Scope.all(), flag.flag, "accept", author="kim", now=NOW)

    assert [one.action for one in accepted.decisions] == ["accept"]


def test_what_judging_no_longer_finds_is_no_longer_named_though_it_was_dismissed(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())
    (flag,) = _flags(engine, device)
    _decide(engine, flag.flag, "dismiss")
    own = DeviceVerdict(verdict="healthy", sentence="Nothing speaks against it.", active_days=91)
    tomorrow = NOW + timedelta(days=1)

    with engine.begin() as connection:
        keep_findings(connection, device, [_finding()], rules=RULES, now=tomorrow)
        keep_verdicts(connection, {device: own}, tomorrow, found_since=tomorrow)
    named = _verdict(engine)
    with engine.begin() as connection:
        keep_verdicts(connection, {device: own}, tomorrow, found_since=tomorrow + timedelta(days=1))

    assert named[0] == "watch"
    assert _verdict(engine) == ("healthy", "Nothing speaks against it.")


def test_a_decision_taken_back_leaves_settled_what_was_done_before(engine: Engine) -> None:
    device = _device(engine)
    _keep(engine, device, _finding())
    (flag,) = _flags(engine, device)
    _decide(engine, flag.flag, "finish")
    _keep(engine, device, _finding(), days=9)

    with engine.connect() as connection:
        repaired = settled(connection)
    _decide(engine, flag.flag, "dismiss")
    _decide(engine, flag.flag, "reopen")

    with engine.connect() as connection:
        assert settled(connection) == repaired == {device: {"failing_disk": to_day(NOW.date())}}


def test_flags_are_listed_worst_first_by_state(engine: Engine) -> None:
    first, second = _device(engine), _device(engine, "a2")
    _keep(engine, first, _finding("worn_battery", "repair"))
    _keep(engine, second, _finding("failing_disk", "replace"))

    with engine.connect() as connection:
        listed = list_flags(connection, Scope.all())
        assert list_flags(connection, Scope.all(), states=("done",)) == ()
        assert find_flag(connection, Scope.all(), listed[0].flag) == listed[0]

    assert [flag.verdict for flag in listed] == ["replace", "repair"]
