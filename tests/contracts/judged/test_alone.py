"""Two nights never judge one store at once, and one that was killed keeps nobody out."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine

from rollcall_collector.cli.parts.judging import judge_now
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import StoreError
from tests.support.fleets.judged_fleet import make_school
from tests.support.wait import wait_for

_JUDGES = """
import sys
from rollcall_collector.store.judged.alone import alone
from rollcall_collector.store.database import open_database
with alone(open_database(sys.argv[1])):
    print("alone", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _another_judges(url: str) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen([sys.executable, "-c", _JUDGES, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"alone\n"
        yield child
    finally:
        child.kill()
        child.communicate()


def _judge(engine: Engine) -> int:
    return judge_now(engine, CollectorSettings(), lambda *_: None).devices


def test_a_judging_waits_for_none_and_disturbs_none(engine: Engine) -> None:
    make_school(engine, number=3, lemons={})

    with _another_judges(engine.url.render_as_string(hide_password=False)) as other:
        with pytest.raises(StoreError, match="judging of this store is under way already: wait until it is done"):
            _judge(engine)
        other.kill()
        judged = wait_for(lambda: _try(engine), what="the lock of who was killed")

    assert judged == 3
    assert _judge(engine) == 3


def _try(engine: Engine) -> int | None:
    """A server learns a moment later that a session's client is gone."""
    try:
        return _judge(engine)
    except StoreError:
        return None
