"""What a word changes in an iPad's record: each change for the worse is told once, whatever the order of the posts."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from rollcall_agent.bridges.ipad_models import model_name
from rollcall_agent.bridges.nanomdm.folding import fold, miss
from rollcall_agent.bridges.nanomdm.record import Record, from_json, to_json
from rollcall_agent.bridges.nanomdm.words import read_word
from rollcall_wire import Failure
from tests.support.ipads import posts

NOW = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Ipad:
    """One iPad's record, and what was told of it."""

    def __init__(self) -> None:
        self.record = Record(udid=posts.udid_of(1))
        self.now = NOW
        self.told: list[tuple[str, int]] = []
        self.heard = 0

    def say(self, said: dict[str, Any], *, after: timedelta = MINUTE, **more: bool) -> None:
        self.now += after
        told = fold(self.record, read_word(json.dumps(posts.event(said, self.now)).encode()), **more)
        self.record = from_json(to_json(told.record))  # as it comes back from the disk
        self.heard += told.is_heard
        self._note(told.bodies)

    def wait(self, passed: timedelta) -> None:
        self.now += passed
        if (told := miss(self.record, self.now)) is not None:
            self.record = told.record
            self._note(told.bodies)

    def _note(self, bodies: Iterable[Any]) -> None:
        self.told += [(one.code, one.count) for one in bodies if isinstance(one, Failure)]


def enrolled() -> Ipad:
    ipad = Ipad()
    ipad.say(posts.authenticate(1))
    return ipad


def test_battery_health_is_told_when_it_turns_bad_and_not_every_day() -> None:
    ipad = enrolled()

    for health in ("normal", "service-recommended", "service-recommended", "unknown", "non-genuine"):
        ipad.say(posts.status(1, device__power__battery_health=health))

    assert ipad.told == [("service_recommended", 1), ("non_genuine", 1)]


def test_each_part_in_error_is_told_once_and_again_after_it_was_well() -> None:
    ipad = enrolled()

    for camera in ("ok", "error", "error", "ok", "error", "non-genuine"):
        ipad.say(posts.status(1, device__system__health={"Camera": camera, "TouchID": "error"}))

    assert ipad.told == [("touch_id", 1), ("camera", 1), ("camera", 1)]


def test_failed_updates_are_counted_by_what_the_count_grew() -> None:
    ipad = enrolled()

    for failures in (2, 2, 5, 0, 1):
        ipad.say(posts.status(1, failures=failures))

    assert ipad.told == [("update_failed", 3), ("update_failed", 1)]


def test_a_failed_update_that_stands_at_the_first_look_is_told_once() -> None:
    ipad = enrolled()

    for _ in range(3):
        ipad.say(posts.status(1, failures=2, softwareupdate__install_state="failed"))

    assert ipad.told == [("update_failed", 1)]


def test_a_version_that_waits_for_two_weeks_is_told_once() -> None:
    ipad = enrolled()

    for version in [*["18.6"] * 10, *["18.7"] * 20]:
        ipad.say(posts.status(1, softwareupdate__pending_version={"os-version": version}), after=timedelta(days=1))
    ipad.say(posts.status(1, softwareupdate__pending_version={"os-version": ""}), after=timedelta(days=1))

    assert ipad.told == [("update_stuck", 1)]


def test_a_report_that_comes_late_changes_nothing() -> None:
    ipad = enrolled()
    ipad.say(posts.status(1, failures=4, device__power__battery_health="normal"))

    ipad.say(posts.status(1, failures=2, device__power__battery_health="service-recommended"), after=-MINUTE / 2)

    assert ipad.told == []
    assert ipad.record.battery_health == "normal"


def test_an_enrollment_of_a_known_device_and_its_leaving_are_told() -> None:
    ipad = enrolled()
    ipad.say(posts.token_update(1))
    ipad.say(posts.authenticate(1))
    ipad.say(posts.check_out(1))
    has_left = not ipad.record.is_enrolled
    ipad.say(posts.authenticate(1))

    assert ipad.told == [("re_enrolled", 1), ("unenrolled", 1), ("re_enrolled", 1)]
    assert has_left
    assert ipad.record.is_enrolled


def test_a_leaving_that_comes_after_the_enrollment_it_came_before_is_no_leaving() -> None:
    ipad = enrolled()

    ipad.say(posts.check_out(1), after=-2 * MINUTE)

    assert ipad.told == []
    assert ipad.record.is_enrolled


def test_a_restart_without_return_is_told_after_four_hours_once_and_a_return_ends_it() -> None:
    ipad = enrolled()
    ipad.say({"Status": "Acknowledged", "UDID": posts.udid_of(1), "CommandUUID": "c", "RequestType": "RestartDevice"})
    ipad.wait(timedelta(hours=3))
    early = list(ipad.told)
    for _ in range(3):
        ipad.wait(timedelta(hours=2))
    ipad.say(posts.idle(1))
    ipad.wait(timedelta(hours=9))

    assert early == [("restarted", 1)]
    assert ipad.told == [("restarted", 1), ("restart_no_return", 1)]


def test_an_update_that_installs_restarts_it_some_time_after_its_last_word() -> None:
    ipad = enrolled()
    ipad.say(posts.status(1, softwareupdate__install_state="installing"))
    ipad.say(posts.idle(1), after=10 * MINUTE)
    last = ipad.now
    ipad.wait(timedelta(hours=5))

    assert ipad.told == [("restarted", 1), ("restart_no_return", 1)]
    assert ipad.record.heard_at == last


def test_being_heard_is_told_every_half_hour_at_most() -> None:
    ipad = enrolled()

    for _ in range(120):
        ipad.say(posts.idle(1))

    assert ipad.heard == 1 + 4


def test_identifiers_have_the_names_that_people_know() -> None:
    assert model_name("iPad12,1") == model_name("iPad12,2") == "iPad (9th generation)"
    assert model_name("iPad13,17") == "iPad Air (5th generation)"
    assert model_name("iPad99,1") == "iPad99,1"
    assert model_name(None) is None
