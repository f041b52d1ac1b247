"""Ten thousand iPads: how often they are asked in a day, and what memory the bridge takes for them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.require import ROOT

IPADS = 10_000
BYTES_MAX = 300_000_000
REQUESTS_MAX = 1.2
DAYS = 6
_PLAY = """
import json, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from rollcall_agent.bridges.bridge import Poll
from rollcall_agent.bridges.nanomdm.agenda import Agenda
from rollcall_agent.bridges.nanomdm.asking import Asker
from rollcall_agent.bridges.nanomdm.memory import IpadMemory
from rollcall_agent.bridges.nanomdm.service import poll
from rollcall_agent.bridges.nanomdm.words import Word
from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.door import Answer

folder, count, days = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
now = datetime(2026, 9, 14, 6, tzinfo=UTC)
memory = IpadMemory(folder)
memory.start()
memory._connection.execute("PRAGMA synchronous = OFF")  # what a disk takes is not what is measured here
asked, requests = 0, 0

class Counting:
    def ask(self, method, path, body, *, login):
        global asked, requests
        udids = path.rpartition("/")[2].split(",")
        asked, requests = asked + len(udids), requests + 1
        command = body.split(b"rollcall-")[1].split(b"<")[0].decode()
        told = {"command_uuid": "rollcall-" + command, "status": {udid: {"push_result": "x"} for udid in udids}}
        return Answer(status=200, body=json.dumps(told).encode())

def hear(number, event, kind, **said):
    memory.hear(Word(event_id=f"{event}-{number}", at=now, udid=f"00008103-{number:016X}", kind=kind, **said))

for number in range(count):
    hear(number, "enroll", "authenticate", serial_number=f"DMPX{number:06d}AB", product="iPad12,1", os_version="18.5")
asker = Asker(agenda=Agenda(memory), door=Counting(), api_key="k", roll_call=list, is_inviting=True)
for _ in range(days * 24):
    for _ in range(500):
        if not asker.step(now):
            break
        now += timedelta(seconds=1)
    now = now.replace(minute=0, second=0) + timedelta(hours=1)
for number in range(count):
    hear(number, "answer", "connect", answered="Acknowledged", level_percent=80.0)
told = sum(1 for _ in poll(Poll(now=now, recall=lambda _: None, folder=folder)))
whole = sum(1 for _ in poll(Poll(now=now, recall=lambda _: "999999", folder=folder, is_asked_anew=True)))
print(json.dumps({"asked": asked / days / count, "requests": requests, "told": told, "whole": whole,
                  "status": Path("/proc/self/status").read_text()}))
"""


@pytest.mark.slow
def test_they_are_asked_little_and_weigh_little(tmp_path: Path) -> None:
    played = subprocess.run(
        [sys.executable, "-c", _PLAY, tmp_path, str(IPADS), str(DAYS)], cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=600, check=False
    )  # fmt: skip

    assert played.returncode == 0, played.stderr
    found = json.loads(played.stdout)
    peak = re.search(r"VmHWM:\s+(\d+) kB", found.pop("status"))
    assert peak is not None
    print(found, f"{int(peak[1]) / 1024:.0f} MB")
    assert int(peak[1]) * 1024 <= BYTES_MAX
    assert found["asked"] * DAYS == pytest.approx(DAYS + 1)  # a question a day, and the one invitation of a month
    assert found["asked"] <= REQUESTS_MAX
    assert found["told"] == 2 * IPADS
    assert found["whole"] == IPADS
