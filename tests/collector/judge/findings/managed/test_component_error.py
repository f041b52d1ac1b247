"""A part that says of itself that it is in error."""

from datetime import timedelta

from rollcall_collector.judge.findings.managed.component_error import RULE
from tests.support.fleets.subjects import TODAY, failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT
from tests.support.ipads import posts
from tests.support.ipads.telling import ordinary, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        tell_ipad(school, number, ordinary(school_days(90)))
    health = posts.status(1, device__system__health={"Camera": "ok", "FaceID": "error"})
    tell_ipad(school, SUSPECT, [*ordinary([NIGHT - timedelta(days=4)]), (NIGHT - timedelta(days=3), health)])


def test_it_names_the_part_and_goes_to_the_vendor_while_that_pays() -> None:
    told = failure("hardware", "face_id", 3)

    repaired = found(subject(told), RULE)["component_error"]
    claimed = found(subject(told, warranty_until=TODAY + timedelta(days=9)), RULE)["component_error"]

    assert repaired.sentence.startswith("Repair its Face ID: since ")
    assert claimed.verdict == "claim"


def test_a_fault_of_a_pc_is_none_of_it() -> None:
    assert found(subject(failure("hardware", "machine_check", 3)), RULE) == {}
