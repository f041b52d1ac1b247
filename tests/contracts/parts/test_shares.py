"""One process at a time ingests a share of the fleet: what others find, what a kill leaves, and who is not served."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from rollcall_collector.store.keeping import Keeper
from rollcall_collector.store.parts.claim import Claim, ShareTakenError
from rollcall_collector.store.parts.runs import PartRun, list_parts, note_part
from rollcall_collector.store.parts.share import Share, forget_overlapping, read_service, read_share
from rollcall_wire.topics import BUCKETS
from tests.support.wait import wait_for

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_HOLDS = """
import sys
from rollcall_collector.store.database import open_database
from rollcall_collector.store.keeping import Keeper
from rollcall_collector.store.parts.claim import Claim
from rollcall_collector.store.parts.share import read_share
engine = open_database(sys.argv[1])
keeper = Keeper(engine, claim=Claim(engine, read_share(sys.argv[2])))
keeper.hold()
print("held", flush=True)
sys.stdin.read()
"""


def _share(text: str) -> Share:
    found = read_share(text)
    assert found is not None
    return found


def _keeper(engine: Engine, share: str) -> Keeper:
    return Keeper(engine, claim=Claim(engine, _share(share)))


@contextmanager
def _another_holds(engine: Engine, share: str) -> Iterator["subprocess.Popen[bytes]"]:
    url = engine.url.render_as_string(hide_password=False)
    child = subprocess.Popen([sys.executable, "-c", _HOLDS, url, share], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        yield child
    finally:
        child.kill()
        child.communicate()


def _can_hold(engine: Engine, share: str) -> bool:
    keeper = _keeper(engine, share)
    try:
        keeper.hold()
    except ShareTakenError:
        return False
    keeper.forget()
    return True


def test_a_second_process_is_refused_until_the_first_is_killed(engine: Engine) -> None:
    with _another_holds(engine, "1/1") as other:
        with pytest.raises(ShareTakenError, match=r"share 1/1 is taken by .*: stop that one, or start another share"):
            _keeper(engine, "1/1").hold()
        other.kill()

        wait_for(lambda: _can_hold(engine, "1/1"), what="the share of who was killed")
        assert _can_hold(engine, "1/1")


def test_shares_of_any_layout_stand_beside_each_other_where_no_bucket_is_in_both(postgresql: Engine) -> None:
    with _another_holds(postgresql, "2/4"):
        found = {share: _can_hold(postgresql, share) for share in ("1/2", "2/2", "1/4", "2/4", "4/4", "6/8", "1/1")}

    assert found == {"1/2": True, "2/2": False, "1/4": True, "2/4": False, "4/4": True, "6/8": False, "1/1": False}


def test_the_refusal_names_who_has_the_share(postgresql: Engine) -> None:
    with (
        _another_holds(postgresql, "2/4"),
        pytest.raises(ShareTakenError, match="share 6/8 is taken by 'rollcall ingest 2/4' on this computer"),
    ):
        _keeper(postgresql, "6/8").hold()


def test_who_lost_its_session_writes_nothing_once_another_has_its_share(postgresql: Engine) -> None:
    keeper = _keeper(postgresql, "1/2")
    keeper.hold()
    batch = keeper.batch(0)
    with postgresql.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'rollcall ingest 1/2'"
        )

    with _another_holds(postgresql, "1/2"):
        with pytest.raises(Exception, match=r"terminat|closed"):
            keeper.keep(batch)
        with pytest.raises(ShareTakenError):
            keeper.batch(0)
        with pytest.raises(ShareTakenError):
            keeper.hold()


def test_every_bucket_is_in_one_share_of_each_layout() -> None:
    for of in (1, 2, 3, 4, 7, 64):
        buckets = [one for number in range(1, of + 1) for one in Share(number=number, of=of).buckets]

        assert sorted(buckets) == list(range(BUCKETS))


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "1/65", "-1/4", "1", "a/b", "1/0", "²/4"])
def test_what_is_no_share_is_none(text: str) -> None:
    assert read_share(text) is None


def _note(engine: Engine, *shares: str, at: datetime = NOW) -> None:
    with engine.begin() as connection:
        for share in shares:
            note_part(connection, PartRun(part=f"ingest/{share}", began_at=at, noted_at=at, told={}))


def _service(engine: Engine, at: datetime = NOW) -> tuple[list[str], list[str]]:
    with engine.connect() as connection:
        found = read_service(connection, at)
    return sorted(map(str, found.served)), list(map(str, found.unserved))


def test_what_nobody_serves_is_named_by_the_share_that_lacks(engine: Engine) -> None:
    before = _service(engine)
    _note(engine, "1/4", "2/4", "4/4")
    first = _service(engine)
    _note(engine, "1/4", "4/4", at=NOW + timedelta(minutes=2))
    later = _service(engine, NOW + timedelta(minutes=2))
    night = _service(engine, NOW + timedelta(hours=9))

    assert before == ([], [])
    assert first == (["1/4", "2/4", "4/4"], ["3/4"])
    assert later == (["1/4", "4/4"], ["2/4", "3/4"])
    assert night == ([], ["1/4", "2/4", "3/4", "4/4"])


def test_a_new_layout_leaves_nothing_of_the_old_one_where_it_serves(engine: Engine) -> None:
    _note(engine, "1/4", "2/4", "3/4", "4/4")

    with engine.begin() as connection:
        forget_overlapping(connection, _share("1/2"))
    _note(engine, "1/2")

    with engine.connect() as connection:
        assert [run.part for run in list_parts(connection, "ingest/")] == ["ingest/1/2", "ingest/2/4", "ingest/4/4"]
