"""A PostgreSQL cluster of the tests' own: started once, spoken to over a socket in its folder, gone at the end."""

import atexit
import functools
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rollcall_collector.store.database import migrate, newest_revision, open_database
from tests.support.require import require
from tests.support.wait import wait_for

_TEMPLATE = "rollcall_template"
_EMPTY = """DO $$
DECLARE
    one regclass;
    large text := '';
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
            AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE 'LOCK TABLE ' || one;
        IF pg_relation_size(one) > 262144 THEN
            large := large || ', ' || one;
        ELSE
            EXECUTE 'DELETE FROM ' || one;
        END IF;
    END LOOP;
    IF large <> '' THEN
        EXECUTE 'TRUNCATE ' || substr(large, 3) || ' CASCADE';
    END IF;
    PERFORM setval((quote_ident(schemaname) || '.' || quote_ident(sequencename))::regclass, start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
END $$"""
"""Empties every table that was ever written to, and lets every key begin at 1 again.

To truncate gives each table and index a new file, and those of all that refers to it: five times the cost of deleting the
few rows that most tests keep. A foreign key asks nothing meanwhile; the lock waits for whoever is still committing.
"""
_LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Cluster:
    """PostgreSQL in a folder of its own. Its server refuses to run as root, so it then runs as another user."""

    def __init__(self, programs: Path, *, is_durable: bool = False) -> None:
        self._programs = programs
        self._is_durable = is_durable
        self._account = _account()
        self._numbers = itertools.count(1)
        self._folder = Path()
        self._server: subprocess.Popen[bytes] | None = None
        self._spare: list[str] = []
        self._cleaners: dict[str, sa.Engine] = {}

    def start(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="rollcall-pg-"))  # short: a socket's path has 107 bytes
        if self._account:
            shutil.chown(self._folder, self._account, self._account)
        cluster = self._folder / "cluster"
        arguments: list[str | Path] = [
            "-D",
            cluster,
            "-U",
            "rollcall",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        subprocess.run([self._programs / "initdb", *arguments], check=True, capture_output=True, **self._who())
        self.start_server()
        self.run_sql(f"CREATE DATABASE {_TEMPLATE}")
        engine = open_database(self.url(_TEMPLATE))
        migrate(engine)
        engine.dispose()

    @property
    def pid(self) -> int:
        """The server's own process, whose children are the sessions."""
        assert self._server is not None
        return self._server.pid

    def start_server(self) -> None:
        """Start the server on what is there: also used after a test killed it."""
        options = ["-c", "listen_addresses=", "-k", str(self._folder)]
        if not self._is_durable:
            options += [
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
                "-c",
                "autovacuum=off",
            ]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "cluster", *options],
                stdout=log,
                stderr=log,
                **self._who(),
            )
        wait_for(self._is_ready, seconds=60, what="PostgreSQL's start")

    def stop_server(self, *, is_kind: bool = True) -> None:
        """Stop the server; unkind is as after a crash: nothing is finished first."""
        if self._server is not None:
            subprocess.run(
                [
                    self._programs / "pg_ctl",
                    "-D",
                    self._folder / "cluster",
                    "-w",
                    "-m",
                    "fast" if is_kind else "immediate",
                    "stop",
                ],
                check=False,
                capture_output=True,
                **self._who(),
            )
            self._server.wait(60)
            self._server = None

    def stop(self) -> None:
        for cleaner in self._cleaners.values():
            cleaner.dispose()
        self.stop_server(is_kind=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://rollcall@/{database}?host={self._folder}"

    def fresh_database(self) -> str:
        """The URL of a new database whose tables stand already."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

    def lend_database(self) -> str:
        """The URL of a database in whose tables nothing is kept, to be given back."""
        return self._spare.pop() if self._spare else self.fresh_database()

    def take_back(self, url: str) -> None:
        """Empty a database, whoever still speaks to it: it is lent again."""
        with self._cleaner(url).connect() as connection:
            connection.exec_driver_sql(_LEAVE)
            connection.exec_driver_sql(_EMPTY)
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{newest_revision()}'")
        self._spare.append(url)

    def run_sql(self, text: str) -> None:
        engine = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(text)

    def _cleaner(self, url: str) -> sa.Engine:
        """Stays connected between one test and the next: a new session would first learn anew what tables there are."""
        if url not in self._cleaners:
            self._cleaners[url] = sa.create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        return self._cleaners[url]

    def _is_ready(self) -> bool:
        try:
            self.run_sql("SELECT 1")
        except sa.exc.OperationalError:
            return False
        return True

    def _who(self) -> dict[str, Any]:
        return {"user": self._account, "group": self._account, "extra_groups": []} if self._account else {}


@functools.cache
def shared_cluster() -> Cluster:
    """The one cluster of this test run, started at its first use; skips where PostgreSQL is not installed."""
    cluster = Cluster(require("postgresql"))
    atexit.register(cluster.stop)
    cluster.start()
    return cluster


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
