"""The Google bridge goes round a fake Google: everything is told once, whatever happens between two pages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollcall_agent.bridges.google.walk import Stand, read_stand
from rollcall_wire import Settings
from tests.support.google.chromebooks import PERSON, Chromebook, crash, rfc3339
from tests.support.google.fake import Answer, old_refusal, refusal
from tests.support.google.service_account import write_key
from tests.support.google.station import Station, station

NOW = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)  # a Tuesday
STARTS = 22
"""School days of the thirty before, with this one."""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Station]:
    with station(tmp_path, [Chromebook(number) for number in range(3)], NOW) as found:
        yield found


def test_three_chromebooks_are_told_whole_with_all_starts_that_google_still_knows(school: Station) -> None:
    school.go_round()

    assert len(school.bodies("inventory")) == 3
    assert len(school.bodies("boot")) == 3 * STARTS
    (vitals, *_) = school.bodies("vitals")
    assert vitals == {
        "kind": "vitals", "battery_level_percent": 50.0, "is_charging": False, "is_plugged_in": False,
        "battery_full_wh": 42.18, "battery_design_wh": 45.6, "battery_cycles": 212,
        "storage_free_bytes": 14358468900, "temperature_max_celsius": 52.0, "memory_free_bytes": 1200000000, "is_restart_due": True,
    }  # fmt: skip
    assert school.bodies("inventory")[0]["model"] == "Alder Chromebook 311"


def test_what_google_knows_is_told_with_the_time_at_which_it_heard_it(school: Station) -> None:
    school.go_round()

    boots = {one["body"]["booted_at"]: one["recorded_at"] for one in school.told("boot")}
    assert boots["2026-09-15T06:00:00+00:00"] == "2026-09-15T09:00:00+00:00"


def test_nobody_is_asked_for_and_nobody_is_told_of(school: Station) -> None:
    school.google.events.append(crash(school.google.fleet[0].device_id, NOW - timedelta(hours=2), "c1"))

    school.go_round()

    asked = " ".join(" ".join(query.values()) for _, query in school.google.asked)
    words = ("user", "email", "annotatedUser", "recentUsers", "mac", "network", "Address", "notes", "app_report")
    assert [word for word in words if word.lower() in asked.lower()] == []
    assert all("fields" in query for _, query in school.google.asked)
    kept = b"".join(path.read_bytes() for path in school.folder.iterdir())
    assert len(school.bodies("failure")) == 1
    for secret in (PERSON, "10.1.2.3", "203.0.113.9", "a4bb6d000017"):
        assert secret.encode() not in kept


def test_the_next_round_tells_only_news(school: Station) -> None:
    school.go_round()
    before = len(school.told())
    school.now += timedelta(days=1)

    school.go_round()

    assert [one["body"]["kind"] for one in school.told()[before:]] == ["boot", "vitals"] * 3


def test_a_restart_tells_nothing_again(school: Station) -> None:
    school.go_round()
    before = len(school.told())
    school.start()

    school.go_round()

    assert len(school.told()) == before
    assert len(school.door.batches) == 1


def test_a_start_that_comes_days_late_is_told_once_and_on_its_own_day(school: Station) -> None:
    away = Chromebook(1, boots_at=())
    school.google.fleet = [away]
    school.go_round()
    school.now += timedelta(days=9)
    started_at = NOW + timedelta(days=2)
    away.telemetry = {"bootPerformanceReport": [report(started_at)]}

    for _ in range(2):
        school.go_round()

    (boot,) = school.bodies("boot")
    assert boot["booted_at"] == "2026-09-17T11:00:00+00:00"


def test_one_start_reported_thrice_counts_once(school: Station) -> None:
    started_at = NOW - timedelta(hours=4)
    reports = [report(started_at + timedelta(seconds=off)) for off in (0, 2, -1)]
    school.google.fleet = [Chromebook(1, boots_at=(), telemetry={"bootPerformanceReport": reports})]

    school.go_round()
    school.go_round()

    assert len(school.bodies("boot")) == 1


def test_a_page_that_changes_between_two_calls_loses_and_repeats_nobody(tmp_path: Path) -> None:
    fleet = district(1_400)
    with station(tmp_path, fleet, NOW) as school:

        def leave(name: str, start: int) -> None:
            if name == "devices" and start == 0:
                # The first left while its page was read: the second page begins a device later than it would have.
                school.google.fleet = [*fleet[1:], *district(1, first=9_000)]

        school.google.after_page = leave
        school.rounds.outbox.remember("wide_at", NOW.isoformat())  # the month's starts would find it at once
        school.go_round()
        is_missed = len(school.bodies("boot")) < 1_401 * 2
        school.google.after_page = lambda _name, _start: None
        school.go_round()

        told = [(one["device_id"], one["body"]["booted_at"]) for one in school.told("boot")]
        assert is_missed
        assert len(told) == len(set(told)) == 1_401 * 2


def test_a_token_withdrawn_before_its_time_is_asked_for_again(school: Station) -> None:
    school.go_round()
    school.google.scripted["devices"] = [refusal(401, "ACCESS_TOKEN_EXPIRED", word="UNAUTHENTICATED")]
    school.now += timedelta(days=1)

    school.go_round()

    assert school.google.signed_in == 3
    assert len(school.bodies("boot")) == 3 * (STARTS + 1)


@pytest.mark.parametrize(
    "busy",
    [
        old_refusal(403, "userRateLimitExceeded"),
        old_refusal(403, "quotaExceeded"),
        refusal(429, "RATE_LIMIT_EXCEEDED", word="RESOURCE_EXHAUSTED"),
        (503, {}, {}),
    ],
    ids=["user", "quota", "429", "503"],
)
def test_a_busy_google_is_asked_later_and_later(school: Station, busy) -> None:
    school.google.scripted["devices"] = [busy] * 2
    waits = []
    for _ in range(3):
        wait = 0.0
        while wait <= 0:
            wait = school.step()
        waits.append(wait)
        school.at += wait

    assert waits[:2] == [5.0, 10.0]
    assert len(school.bodies("boot")) == 3 * STARTS


def test_a_google_that_says_when_is_asked_then(school: Station) -> None:
    school.google.scripted["chromeosdevices"] = [refusal(429, "RATE_LIMIT_EXCEEDED", retry_after="17")]

    assert school.step() == 17.0


def test_a_walk_broken_off_goes_on_at_its_page(tmp_path: Path) -> None:
    with station(tmp_path, district(2_100), NOW) as school:
        for _ in range(6):  # the directory's 2,100 and some of the telemetry
            school.step()
        asked = len(school.google.asked)
        school.start()

        school.go_round()

        told = [(one["device_id"], one["body"]["booted_at"]) for one in school.told("boot")]
        again = [name for name, _ in school.google.asked[asked:]]
        assert len(told) == len(set(told)) == 2_100 * 2
        assert len(school.bodies("inventory")) == 2_100
        assert "chromeosdevices" not in again


def test_a_token_of_a_page_that_google_forgot_begins_that_list_anew(tmp_path: Path) -> None:
    with station(tmp_path, district(2_100), NOW) as school:
        for _ in range(6):
            school.step()
        school.start()
        school.google.scripted["devices"] = [refusal(400, "INVALID_PAGE_TOKEN", word="INVALID_ARGUMENT")]

        school.go_round()

        told = [(one["device_id"], one["body"]["booted_at"]) for one in school.told("boot")]
        assert len(told) == len(set(told)) == 2_100 * 2


def test_a_miserly_quota_is_never_exceeded_twice_and_everybody_is_told(tmp_path: Path) -> None:
    with station(tmp_path, district(1_200), NOW) as school:
        school.google.quota_a_minute = 5
        rested = school.wait_until_it_rests()

        assert rested
        assert len(school.bodies("inventory")) == 1_200
        assert len(school.bodies("boot")) == 1_200 * 2
        assert school.google.refused_by_quota < 40


@pytest.mark.slow
def test_what_is_asked_for_anew_comes_to_an_end_under_a_miserly_quota(tmp_path: Path) -> None:
    with station(tmp_path, district(1_100), NOW) as school:
        school.go_round()
        school.rounds.follow(Settings(send_again="please-1"))
        school.google.quota_a_minute = 3
        rested = school.wait_until_it_rests()

        names = [one["boot_id"] for one in school.bodies("boot")]
        assert rested
        assert len(set(names)) == 1_100 * 2
        assert len(names) >= 2 * 1_100 * 2


def test_a_device_whose_clock_is_ahead_tells_no_start_and_spoils_nothing(school: Station) -> None:
    ahead = Chromebook(1, boots_at=(), telemetry={"bootPerformanceReport": [report(NOW + timedelta(days=2))]})
    school.google.fleet = [ahead, Chromebook(2)]

    school.go_round()

    assert len(school.bodies("boot")) == STARTS


def test_answers_with_missing_and_foreign_fields_are_taken_for_what_they_say(school: Station) -> None:
    bare = {
        "bootPerformanceReport": [{"reportTime": rfc3339(NOW)}, {}],
        "batteryStatusReport": [{}],
        "storageInfo": {},
    }
    school.google.fleet = [Chromebook(1, boots_at=(), telemetry=bare, directory={"model": "", "osVersion": "\n"})]

    school.go_round()

    (inventory,) = school.bodies("inventory")
    assert "model" not in inventory
    assert [one["body"]["kind"] for one in school.told()] == ["inventory"]


def test_who_left_the_school_or_never_came_is_not_brought(school: Station) -> None:
    school.google.fleet = [
        Chromebook(1, silent=True, directory={"status": "DEPROVISIONED"}),
        Chromebook(2, silent=True, directory={"lastSync": "1970-01-01T00:00:00.000Z"}),
        Chromebook(3, silent=True),
    ]

    school.go_round()

    assert list(school.door.ids) == [Chromebook(3).serial]


def test_two_placeholders_for_serial_numbers_are_two_devices(school: Station) -> None:
    school.google.fleet = [Chromebook(number, directory={"serialNumber": "To Be Filled"}) for number in (1, 2)]

    school.go_round()

    (batch,) = school.door.batches
    assert len({device["hardware_keys"][0] for device in batch}) == 2


def test_everything_is_told_anew_when_the_collector_asks_but_crashes(school: Station) -> None:
    school.google.events.append(crash(school.google.fleet[0].device_id, NOW - timedelta(hours=2), "c1"))
    school.go_round()
    names = {one["boot_id"] for one in school.bodies("boot")}
    school.rounds.follow(Settings(send_again="please-1"))

    school.go_round()

    assert len(school.bodies("boot")) == 2 * 3 * STARTS
    assert {one["boot_id"] for one in school.bodies("boot")} == names
    assert len(school.bodies("failure")) == 1


def test_without_a_key_the_bridge_waits_and_begins_once_it_is_there(school: Station) -> None:
    (school.folder / "key.json").unlink()
    waited = school.step()
    write_key(school.folder, school.google.token_uri)

    school.go_round()

    assert waited == 5.0
    assert len(school.bodies("inventory")) == 3


def test_an_answer_too_long_to_carry_is_asked_for_in_smaller_pages_and_everybody_is_told(school: Station) -> None:
    school.google.scripted["devices"] = [(200, {}, b" " * (9 << 20))] * 2

    school.go_round()

    asked = [query for name, query in school.google.asked if name == "devices"]
    assert [int(query["pageSize"]) for query in asked] == [1_000, 500, 250, 250]
    assert len(school.bodies("boot")) == 3 * STARTS


def test_a_month_back_only_starts_are_asked_for(school: Station) -> None:
    for _ in range(2):
        school.go_round()

    asked = [query for name, query in school.google.asked if name == "devices"]
    days = [NOW - datetime.fromisoformat(query["filter"].split('"')[1]) for query in asked]
    assert [round(one / timedelta(hours=1)) for one in days] == [26, 720, 26]
    assert ["cpu_status_report" in query["readMask"] for query in asked] == [True, False, True]


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b"<html>Sign in to the network</html>"),
        (200, {}, b"[]"),
        (200, {}, b"[" * 100_000),
        (200, {"content-encoding": "gzip"}, b"not packed twice"),
        (200, {"date": "yesterday"}, b"{"),
        (200, {}, {"chromeosdevices": [], "nextPageToken": 7}),
        (302, {"location": "https://elsewhere.example"}, b""),
        old_refusal(401, "authError"),
    ],
    ids=["portal", "list", "nested", "damaged", "date", "token", "redirect", "401"],
)
def test_a_strange_answer_holds_nobody_up_for_long(school: Station, answer: Answer) -> None:
    school.google.scripted["chromeosdevices"] = [answer] * 2  # a no to a token is asked twice

    assert school.wait_until_it_rests()
    assert len(school.bodies("boot")) == 3 * STARTS


@pytest.mark.parametrize(("said", "waited"), [("0", 5.0), ("999999999999", 3_600.0)])
def test_a_wait_that_nobody_means_is_not_believed(school: Station, said: str, waited: float) -> None:
    school.google.scripted["chromeosdevices"] = [refusal(429, "RATE_LIMIT_EXCEEDED", retry_after=said)]

    assert school.step() == waited


def test_a_page_that_leads_to_itself_is_said_and_not_walked_for_ever(school: Station) -> None:
    answer: Answer = (200, {}, {"chromeosdevices": [], "nextPageToken": "chromeosdevices-1"})
    school.google.scripted["chromeosdevices"] = [answer] * 2

    waits = [school.step(), school.step()]

    assert max(waits) == 5.0
    assert "leads to itself" in (school.rounds.trouble or "")
    assert school.google.count("chromeosdevices") == 2


@pytest.mark.parametrize(
    ("page_at", "began_at", "goes_on"),
    [
        (timedelta(minutes=40), timedelta(hours=9), True),  # a page now and then is a walk that goes on
        (timedelta(minutes=50), timedelta(minutes=55), False),
        (timedelta(minutes=5), timedelta(hours=25), False),
        (timedelta(minutes=-5), timedelta(minutes=5), False),
    ],
)
def test_a_walk_goes_on_while_its_last_page_is_fresh(page_at: timedelta, began_at: timedelta, goes_on: bool) -> None:
    stand = Stand(
        part="telemetry", page="t", page_at=NOW - page_at, began_at=NOW - began_at, is_wide=True, is_anew=False
    )

    assert stand.is_fresh(NOW) == goes_on
    assert read_stand(stand.as_text()) == stand
    assert read_stand('["directory", "t", "2026-09-15T10:00:00+00:00", true, false]') is None


def district(count: int, *, first: int = 0) -> list[Chromebook]:
    """So many Chromebooks that were started yesterday and today."""
    mornings = tuple(NOW - timedelta(hours=hours) for hours in (28, 4))
    return [Chromebook(number, boots_at=mornings) for number in range(first, first + count)]


def report(at: datetime) -> dict[str, object]:
    """A boot report of three hours later."""
    return {
        "bootUpDuration": "9s", "bootUpTime": rfc3339(at), "reportTime": rfc3339(at + timedelta(hours=3)),
        "shutdownTime": rfc3339(at - timedelta(hours=15)),
    }  # fmt: skip
