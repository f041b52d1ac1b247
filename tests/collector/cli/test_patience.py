"""The store is waited for ever more slowly; what waiting cannot mend is said at once."""

import errno
import sqlite3
import threading

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.errors import SettingsError


def _raising(errors: list[Exception]) -> str:
    if errors:
        raise errors.pop(0)
    return "there"


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")),
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("attempt to write a readonly database")),
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("database or disk is full")),
        sqlite3.OperationalError("unable to open database file"),
        psycopg.OperationalError("connection to server failed: Connection refused"),
        psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
        psycopg.errors.CannotConnectNow("the database system is starting up"),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EROFS, "Read-only file system"),
    ],
    ids=str,
)
def test_what_may_pass_is_waited_for(error: Exception) -> None:
    patience = Patience(threading.Event(), pauses=(0.0, 0.001))
    errors = [error] * 5

    assert patience.wait(lambda: _raising(errors)) == "there"


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError('FATAL:  password authentication failed for user "rollcall"'),
        psycopg.OperationalError('FATAL:  database "rolcall" does not exist'),
        OperationalError("PRAGMA", {}, sqlite3.DatabaseError("file is not a database")),
    ],
    ids=str,
)
def test_wrong_settings_are_said_at_once(error: Exception) -> None:
    with pytest.raises(SettingsError, match="mend 'database'"):
        Patience(threading.Event()).wait(lambda: _raising([error]))


def test_a_fault_of_ours_is_no_reason_to_wait() -> None:
    with pytest.raises(ZeroDivisionError):
        Patience(threading.Event()).wait(lambda: _raising([ZeroDivisionError()]))


def test_a_person_ends_the_wait_with_status_zero() -> None:
    stop = threading.Event()
    patience = Patience(stop, pauses=(60.0,))

    def away() -> None:
        stop.set()
        raise psycopg.OperationalError("Connection refused")

    with pytest.raises(SystemExit) as ended:
        patience.wait(away)
    assert ended.value.code == 0
