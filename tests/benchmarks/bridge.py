"""How long a bridge takes to bring in 20,000 iPads, what memory that costs, and what a second time and a kill change.

Half of them are in the school's list already. The server is `rollcall web`, a process of its own, on SQLite and, where
its programs are installed, on PostgreSQL.
"""

import shutil
import tempfile
import time
from pathlib import Path

from rollcall_collector.store.database import open_database
from tests.support.bridges.thousands import bring_all, kill_in_the_middle, known_ipads, new_bridge, web
from tests.support.digest import digest_of
from tests.support.postgresql import Cluster
from tests.support.require import find

DEVICES = 20_000
EACH = 5_000


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
    try:
        for name in ("calm", "killed"):
            (folder / name).mkdir()
        _measure("SQLite", folder / "calm", f"sqlite:///{folder / 'calm.sqlite3'}")
        _kill("SQLite", folder / "killed", f"sqlite:///{folder / 'killed.sqlite3'}")
        programs = find("postgresql")
        if programs is None:
            print("PostgreSQL: skipped, its server programs are not installed here")
            return
        cluster = Cluster(programs, is_durable=True)
        cluster.start()
        try:
            _measure("PostgreSQL", folder / "calm", cluster.fresh_database())
            _kill("PostgreSQL", folder / "killed", cluster.fresh_database())
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(database: str, folder: Path, url: str) -> None:
    login = new_bridge(url, listed=DEVICES // 2)
    engine = open_database(url)
    with web(folder, url) as server:
        bring_all(server.url, login, 1)
        before_bytes = server.peak_bytes()
        took, ids = _timed(server.url, login)
        peak = server.peak_bytes()
        kept = digest_of(engine)
        again_took, again = _timed(server.url, login)
        is_same = again == ids and digest_of(engine) == kept
    engine.dispose()
    print(f"{database}: {DEVICES:,} devices, {EACH:,} a call, half of them in the list before")
    print(f"  first time   {took:6.1f} s  {DEVICES / took:8,.0f}/s  {1e6 * took / DEVICES:6.0f} µs a device")
    print(
        f"  second time  {again_took:6.1f} s  x{again_took / took:.2f}  nothing changed: {'yes' if is_same else 'NO'}"
    )
    print(f"  memory       {peak / 1e6:6.0f} MB at most, {(peak - before_bytes) / 1e6:.0f} MB more than before")


def _kill(database: str, folder: Path, url: str) -> None:
    login = new_bridge(url)
    engine = open_database(url)
    kept = []
    for part in (1, 2):
        with web(folder, url) as server:
            kept.append(kill_in_the_middle(server, engine, login, DEVICES, each=EACH, kept=part * EACH))
    with web(folder, url) as server:
        took, ids = _timed(server.url, login)
    is_whole = known_ipads(engine) == len(set(ids)) == DEVICES
    engine.dispose()
    told = ", ".join(f"{count:,}" for count in kept)
    print(f"  kill -9      kept {told}; then all {DEVICES:,} once: {'yes' if is_whole else 'NO'}, in {took:.1f} s")


def _timed(url: str, login: tuple[str, str]) -> tuple[float, list[str]]:
    began = time.perf_counter()
    ids = bring_all(url, login, DEVICES, each=EACH)
    return time.perf_counter() - began, ids


if __name__ == "__main__":
    main()
