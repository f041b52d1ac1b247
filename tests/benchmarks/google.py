"""What 20,000 make-believe Chromebooks cost the Google bridge: the first whole sync, a steady poll, a kill in between.

The bridge is a process of its own, so is what plays Google and the collector's door; no broker: reports stay in the
outbox, where they are counted. `DEVICES=5000` takes fewer.
"""

import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rollcall_agent.enrollment import StateFolder
from tests.support.agents import environment
from tests.support.google.chromebooks import Chromebook
from tests.support.google.fake import FakeGoogle, fake_google
from tests.support.google.service_account import write_key
from tests.support.require import ROOT
from tests.support.stand_ins.bridge_door import bridge_door

DEVICES = int(os.environ.get("DEVICES", "20000"))
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
    try:
        _measure(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    ahead = timedelta(0)
    mornings = tuple(began - timedelta(hours=4, days=days) for days in range(3, -1, -1))
    fleet = [Chromebook(number, boots_at=mornings) for number in range(DEVICES)]
    with fake_google(fleet, lambda: datetime.now(UTC) + ahead) as google, bridge_door() as door:
        state = folder / "bridges/google"
        write_key(state, google.token_uri)
        StateFolder(state).save(door.identity)
        _run(folder, google, "first sync, killed", kill_at=DEVICES // 2)
        _run(folder, google, "and resumed")
        told = _told(state)
        starts = Counter(one for one in told if one[1] == "boot")
        print(
            f"  every start once: {'yes' if _is_once(starts, 4) else 'NO'}; inventories {_kinds(told)['inventory']:,}"
        )
        fleet[:] = [
            Chromebook(number, boots_at=(*mornings, began - timedelta(hours=3, minutes=30)))
            for number in range(DEVICES)
        ]
        _run(folder, google, "steady poll")
        starts = Counter(one for one in _told(state) if one[1] == "boot")
        print(f"  one more start of each: {'yes' if _is_once(starts, 5) else 'NO'}")
        print(
            f"  refused by quota (2,400 a minute): {google.refused_by_quota}; against the documents: {len(google.faults)}"
        )


def _run(folder: Path, google: FakeGoogle, what: str, *, kill_at: int | None = None) -> None:
    before, began = len(google.asked), time.perf_counter()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    module = "tests.support.stand_ins.google_bridge"
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", module, google.url, folder, "google"],
            cwd=ROOT, env=environment(), stdout=log, stderr=log,
        )  # fmt: skip
        peak = 0
        while True:
            with suppress(OSError):
                found = _PEAK.search(Path(f"/proc/{child.pid}/status").read_text())
                peak = int(found[1]) * 1024 if found else peak
            text = (folder / "log").read_text()
            devices = max([int(one) for one in re.findall(r"devices=(\d+)", text)], default=0)
            if "round.done" in text or (kill_at is not None and devices >= kill_at):
                break
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL if kill_at is not None else signal.SIGTERM)
        child.wait(30)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime
    print(
        f"{what:20} {len(google.asked) - before:4} requests {time.perf_counter() - began:7.1f} s"
        f" {processor:7.1f} s of processor {peak / 1e6:6.0f} MB at most"
    )


def _told(state: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(state / "outbox.sqlite3") as outbox:
        reports = (json.loads(body) for (body,) in outbox.execute("SELECT body FROM reports"))
        return [(one["device_id"], one["body"]["kind"], one["body"].get("boot_id", "")) for one in reports]


def _kinds(told: list[tuple[str, str, str]]) -> Counter[str]:
    return Counter(kind for _, kind, _ in told)


def _is_once(starts: Counter[tuple[str, str, str]], each: int) -> bool:
    return set(starts.values()) == {1} and len(starts) == each * DEVICES


if __name__ == "__main__":
    main()
