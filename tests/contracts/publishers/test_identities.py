"""Both databases tell the same device from its copies, count a token's uses exactly, and know who may speak."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, insert, select

from rollcall_collector.errors import UnknownDeviceError, UnknownNameError
from rollcall_collector.identity.credentials import verify_password
from rollcall_collector.identity.enrollment import EnrollmentRefusedError
from rollcall_collector.identity.publishers import UnknownPublisherError, list_publishers, reinstate, retire, revoke
from rollcall_collector.identity.tokens import (
    UnknownTokenError,
    create_token,
    list_tokens,
    revoke_token,
    token_id,
)
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_day
from rollcall_collector.store.kept_settings import get_or_create, read_credentials_mark, read_setting, write_setting
from rollcall_collector.store.publishers.identities import read_credentials
from rollcall_collector.store.tables import devices, publishers, sites
from rollcall_wire import Inventory, SchoolHours
from tests.support.identities import NOW, SITE, ZONE, enroll_one, new_token


def _device(engine: Engine, device_id: str):
    with engine.connect() as connection:
        return connection.execute(select(devices).where(devices.c.device_id == device_id)).one()


def _count(engine: Engine, table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _add_to_roster(engine: Engine, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(insert(devices).values(**values))


def test_a_new_device_gets_a_name_a_password_and_its_schools_hours(engine: Engine) -> None:
    enrolled = enroll_one(engine, inventory=Inventory(platform="linux", model="EliteBook 640"))

    kept = _device(engine, enrolled.device_id or "")
    assert enrolled.publisher == enrolled.device_id
    assert (kept.serial_number, kept.platform, kept.model) == ("5CD1234ABC", "linux", "EliteBook 640")
    assert kept.hardware_id == "a" * 64
    assert from_day(kept.enrolled_on) == date(2026, 11, 23)
    assert verify_password(enrolled.password, read_credentials(engine)[enrolled.publisher])
    assert enrolled.settings.school_hours == SchoolHours(zone=ZONE)


def test_the_same_device_gets_its_own_name_back_and_a_new_password(engine: Engine) -> None:
    first = enroll_one(engine)

    again = enroll_one(engine)

    assert again.device_id == first.device_id
    kept = read_credentials(engine)[first.publisher]
    assert verify_password(again.password, kept)
    assert not verify_password(first.password, kept)
    assert _count(engine, devices) == 1


def test_a_device_that_could_not_read_its_serial_number_before_is_still_the_same(engine: Engine) -> None:
    first = enroll_one(engine, serial=None)

    again = enroll_one(engine, serial="5CD1234ABC")
    unread = enroll_one(engine, serial=None)

    assert first.device_id == again.device_id == unread.device_id
    assert _device(engine, first.device_id or "").serial_number == "5CD1234ABC"


def test_a_cloned_image_is_a_device_of_its_own_and_stays_it(engine: Engine) -> None:
    original = enroll_one(engine, hardware="a")

    clone = enroll_one(engine, hardware="b")
    clone_again = enroll_one(engine, hardware="b")
    original_again = enroll_one(engine, hardware="a")

    assert clone.device_id != original.device_id
    assert clone_again.device_id == clone.device_id
    assert original_again.device_id == original.device_id
    assert _device(engine, clone.device_id or "").serial_number is None


def test_a_makers_placeholder_is_no_serial_number(engine: Engine) -> None:
    first = enroll_one(engine, hardware="a", serial="To Be Filled By O.E.M.")
    second = enroll_one(engine, hardware="b", serial="To Be Filled By O.E.M.")
    again = enroll_one(engine, hardware="a", serial="Default string")

    assert first.device_id != second.device_id
    assert again.device_id == first.device_id
    assert _device(engine, first.device_id or "").serial_number is None


def test_two_devices_with_one_makers_repeated_hardware_id_are_two(engine: Engine) -> None:
    one = enroll_one(engine, hardware="a", serial="5CD1111AAA")
    other = enroll_one(engine, hardware="a", serial="5CD2222BBB")
    one_again = enroll_one(engine, hardware="a", serial="5CD1111AAA")

    assert one.device_id != other.device_id
    assert one_again.device_id == one.device_id


def test_a_hardware_id_of_two_serial_numbers_names_nobody_without_one(engine: Engine) -> None:
    one = enroll_one(engine, hardware="a", serial="5CD1111AAA")
    other = enroll_one(engine, hardware="a", serial="5CD2222BBB")

    nameless = enroll_one(engine, hardware="a", serial="System Serial Number")
    one_again = enroll_one(engine, hardware="a", serial="5cd1111aaa")

    assert len({one.device_id, other.device_id, nameless.device_id}) == 3
    assert one_again.device_id == one.device_id


@pytest.mark.parametrize(("maker", "another"), [("Maker A", "Box GmbH"), ("Shenzhen One Co., Ltd.", "Shenzhen Two")])
def test_a_hardware_id_of_two_makers_names_nobody(maker: str, another: str, engine: Engine) -> None:
    first = enroll_one(engine, serial=None, inventory=Inventory(platform="linux", manufacturer=maker))
    other = enroll_one(engine, serial=None, inventory=Inventory(platform="linux", manufacturer=another))
    third = enroll_one(engine, serial=None, inventory=Inventory(platform="linux", manufacturer=maker))

    assert len({first.device_id, other.device_id, third.device_id}) == 3


@pytest.mark.parametrize(
    ("maker", "shorter"),
    [("Dell Inc.", "DELL"), ("Dell Computer Corporation", "Dell Inc."), ("Lenovo (Beijing) Limited", "LENOVO")],
)
def test_a_maker_written_in_two_ways_is_one(maker: str, shorter: str, engine: Engine) -> None:
    first = enroll_one(engine, serial=None, inventory=Inventory(platform="linux", manufacturer=maker))
    again = enroll_one(engine, serial=None, inventory=Inventory(platform="linux", manufacturer=shorter))
    unread = enroll_one(engine, serial=None)

    assert first.device_id == again.device_id == unread.device_id


def test_a_device_of_the_roster_is_taken_over_by_its_serial_number(engine: Engine) -> None:
    new_token(engine)
    with engine.begin() as connection:
        other = connection.execute(
            insert(sites).values(name="Lakeside", zone="America/New_York").returning(sites.c.site)
        ).scalar_one()
    _add_to_roster(engine, device_id="d-0000roster", serial_number="5cd1234abc", model="From the bill", site=other)

    enrolled = enroll_one(engine, inventory=Inventory(platform="linux", model="HP 640", os_version="Debian 12"))
    clone = enroll_one(engine, hardware="b", serial="5CD1234ABC")

    kept = _device(engine, "d-0000roster")
    assert enrolled.device_id == "d-0000roster"
    assert (kept.model, kept.os_version, kept.site) == ("From the bill", "Debian 12", other)
    assert enrolled.settings.school_hours == SchoolHours(zone="America/New_York")
    assert clone.device_id != "d-0000roster"


def test_a_token_lets_in_as_many_as_it_says(engine: Engine) -> None:
    token = new_token(engine, uses=2)
    enroll_one(engine, hardware="a", serial=None, token=token)
    enroll_one(engine, hardware="b", serial=None, token=token)

    with pytest.raises(EnrollmentRefusedError, match="no use left") as refused:
        enroll_one(engine, hardware="c", serial=None, token=token)

    assert refused.value.code == "used_up_token"
    assert _count(engine, devices) == 2


def test_an_expired_and_an_unknown_token_are_told_apart(engine: Engine) -> None:
    token = new_token(engine, now=NOW - timedelta(days=14))

    with pytest.raises(EnrollmentRefusedError) as expired:
        enroll_one(engine, token=token)
    with pytest.raises(EnrollmentRefusedError) as unknown:
        enroll_one(engine, token="never made")

    assert (expired.value.code, unknown.value.code) == ("expired_token", "bad_token")


def test_a_refusal_costs_no_use(engine: Engine) -> None:
    enrolled = enroll_one(engine)
    retire(engine, Scope.all(), enrolled.device_id or "", NOW)
    token = new_token(engine)

    with pytest.raises(EnrollmentRefusedError) as refused:
        enroll_one(engine, token=token)

    assert refused.value.code == "retired_device"
    assert sorted(one.uses_left for one in list_tokens(engine, Scope.all())) == [0, 1]


def test_a_revoked_token_enrolls_nobody(engine: Engine) -> None:
    token = new_token(engine)

    revoke_token(engine, Scope.all(), token_id(list_tokens(engine, Scope.all())[0]))

    with pytest.raises(EnrollmentRefusedError):
        enroll_one(engine, token=token)
    with pytest.raises(UnknownTokenError):
        revoke_token(engine, Scope.all(), "00000000")
    with pytest.raises(UnknownTokenError):
        revoke_token(engine, Scope.all(), "")


def test_a_token_needs_a_site_that_exists(engine: Engine) -> None:
    new_token(engine)

    with pytest.raises(UnknownNameError, match=SITE):
        create_token(engine, Scope.all(), site="Nowhere", now=NOW)


def test_one_device_that_asks_many_times_at_once_is_one_device(engine: Engine) -> None:
    tokens = [new_token(engine, uses=4) for _ in range(2)]

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda turn: enroll_one(engine, serial=None, token=tokens[turn % 2]), range(8)))

    assert len({one.device_id for one in got}) == 1
    assert _count(engine, devices) == 1
    assert _count(engine, publishers) == 1
    assert [one.uses_left for one in list_tokens(engine, Scope.all())] == [0, 0]


def test_many_devices_at_once_never_use_a_token_more_often_than_it_says(engine: Engine) -> None:
    token = new_token(engine, uses=3)

    def attempt(letter: str) -> bool:
        try:
            enroll_one(engine, hardware=letter, serial=None, token=token)
        except EnrollmentRefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(attempt, "01234567"))

    assert got.count(True) == 3
    assert _count(engine, devices) == 3


def test_a_bridge_gets_a_name_of_its_platform_and_is_no_device(engine: Engine) -> None:
    token = new_token(engine, uses=2, platform="ipados")

    bridge = enroll_one(engine, token=token)
    again = enroll_one(engine, token=token)

    assert bridge.device_id is None
    assert bridge.publisher == again.publisher == f"b-ipados-{'a' * 12}"
    assert _count(engine, devices) == 0
    assert [(one.name, one.platform) for one in list_publishers(engine, Scope.all())] == [(bridge.publisher, "ipados")]


def test_a_revoked_bridge_may_not_enroll_again(engine: Engine) -> None:
    bridge = enroll_one(engine, token=new_token(engine, platform="ipados"))
    revoke(engine, Scope.all(), bridge.publisher, NOW)

    with pytest.raises(EnrollmentRefusedError, match="reinstate b-ipados"):
        enroll_one(engine, token=new_token(engine, platform="ipados"))


def test_who_is_revoked_may_not_speak_until_reinstated(engine: Engine) -> None:
    enrolled = enroll_one(engine)

    revoke(engine, Scope.all(), enrolled.publisher, NOW)
    silenced = read_credentials(engine)
    with pytest.raises(EnrollmentRefusedError, match="revoked"):
        enroll_one(engine)
    reinstate(engine, Scope.all(), enrolled.publisher)

    assert silenced == {}
    assert verify_password(enrolled.password, read_credentials(engine)[enrolled.publisher])
    assert enroll_one(engine).device_id == enrolled.device_id


def test_who_is_retired_leaves_the_fleet_and_may_come_back(engine: Engine) -> None:
    enrolled = enroll_one(engine)
    device_id = enrolled.device_id or ""

    retire(engine, Scope.all(), device_id, NOW, ZONE)
    gone = _device(engine, device_id)
    silenced = read_credentials(engine)
    reinstate(engine, Scope.all(), enrolled.publisher)

    assert from_day(gone.retired_on) == date(2026, 11, 23)
    assert silenced == {}
    assert _device(engine, device_id).retired_on is None
    assert enrolled.publisher in read_credentials(engine)


def test_a_device_the_roster_retired_may_not_speak_either(engine: Engine) -> None:
    enrolled = enroll_one(engine)

    with engine.begin() as connection:
        connection.execute(devices.update().values(retired_on=20_000))

    assert enrolled.publisher not in read_credentials(engine)


def test_nothing_to_do_is_said(engine: Engine) -> None:
    enrolled = enroll_one(engine)
    revoke(engine, Scope.all(), enrolled.publisher, NOW)

    with pytest.raises(UnknownPublisherError):
        revoke(engine, Scope.all(), enrolled.publisher, NOW)
    with pytest.raises(UnknownPublisherError):
        reinstate(engine, Scope.all(), "d-nobody")
    with pytest.raises(UnknownDeviceError):
        retire(engine, Scope.all(), "d-nobody", NOW)


def test_every_change_of_who_may_speak_leaves_another_mark(engine: Engine) -> None:
    marks = [read_credentials_mark(engine)]

    enrolled = enroll_one(engine)
    marks.append(read_credentials_mark(engine))
    revoke(engine, Scope.all(), enrolled.publisher, NOW)
    marks.append(read_credentials_mark(engine))
    reinstate(engine, Scope.all(), enrolled.publisher)
    marks.append(read_credentials_mark(engine))
    retire(engine, Scope.all(), enrolled.publisher, NOW)
    marks.append(read_credentials_mark(engine))

    assert len(set(marks)) == 5


def test_a_value_is_made_once_however_many_ask(engine: Engine) -> None:
    made = iter("abcdefgh")

    with ThreadPoolExecutor(4) as pool:
        got = set(pool.map(lambda _: get_or_create(engine, "one", lambda: next(made)), range(8)))
    write_setting(engine, "two", "first")
    write_setting(engine, "two", "second")

    assert len(got) == 1
    assert (read_setting(engine, "two"), read_setting(engine, "three")) == ("second", None)
