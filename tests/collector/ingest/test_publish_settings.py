"""A broker connection is told everybody's settings in slices, each publisher's once."""

from rollcall_collector.ingest.publish_settings import AT_ONCE, REST_SECONDS, Announcer
from rollcall_collector.store.publishers.registry import KnownPublisher
from rollcall_wire import SchoolHours
from rollcall_wire.encoding import decode_settings

OAK, ELM = (SchoolHours(zone=zone) for zone in ("UTC", "Europe/Berlin"))


def publisher(number: int, hours: SchoolHours = OAK, *, is_revoked: bool = False) -> KnownPublisher:
    return KnownPublisher(
        key=number, name=f"d-{number}", device=None, platform=None, hours=hours, is_revoked=is_revoked
    )


def test_a_fleet_is_told_slice_by_slice_until_the_broker_holds_it_all() -> None:
    announcer = Announcer(publisher(number) for number in range(2 * AT_ONCE + 1))

    slices = []
    now = 100.0
    while announcer.due_at <= now:
        slices.append(len(list(announcer.take(now, AT_ONCE))))
        now += REST_SECONDS

    assert (slices, announcer.due_at) == ([AT_ONCE, AT_ONCE, 1], float("inf"))


def test_between_two_slices_is_a_rest_also_where_the_broker_took_nothing() -> None:
    announcer = Announcer([publisher(1)])

    told = list(announcer.take(100.0, 0))

    assert (told, announcer.due_at) == ([], 100.0 + REST_SECONDS)
    assert len(list(announcer.take(announcer.due_at, AT_ONCE))) == 1


def test_who_is_read_again_is_told_only_what_is_new() -> None:
    announcer = Announcer([publisher(1), publisher(2), publisher(3, is_revoked=True)])
    list(announcer.take(100.0, AT_ONCE))
    announcer.add([publisher(1), publisher(2, ELM)])

    told = list(announcer.take(200.0, AT_ONCE))

    assert [(name.split(b"/")[-2], decode_settings(payload).school_hours) for name, payload in told] == [(b"d-2", ELM)]
