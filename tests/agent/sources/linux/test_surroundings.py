"""What the agent lets go of before a long sleep, and that it works on without it."""

import json
import subprocess
import sys

from rollcall_agent.sources.linux.surroundings import untouched

RECORDED = """\
55d2c0000000-55d2c0400000 r-xp 00020000 fe:01 1311 /usr/bin/python3.11
Rss:                2048 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
55d2c0400000-55d2c0410000 r--p 00420000 fe:01 1311 /usr/bin/python3.11
Rss:                  64 kB
Anonymous:            64 kB
55d2c0500000-55d2c0900000 rw-p 00000000 00:00 0 [heap]
Anonymous:          4096 kB
7f0000000000-7f0000200000 ---p 00000000 00:00 0
Anonymous:             0 kB
7f0000200000-7f0000208000 rw-s 00000000 fe:01 99 /var/lib/rollcall-agent/outbox.sqlite3-shm
Anonymous:             0 kB
7f0000210000-7f0000212000 rw-p 00003000 fe:01 1399 /usr/lib/soon-written.so
Anonymous:             0 kB
7f0000300000-7f0000301000 r--p 00000000 fe:01 1400 /usr/lib/a library.so
Anonymous:             0 kB
7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
"""
WORK = """
import hashlib, json, sqlite3, ssl
from pathlib import Path
from rollcall_agent.sources.linux.surroundings import let_go

def mapped():
    lines = (line.split() for line in Path("/proc/self/smaps").read_text().splitlines())
    sizes = [(int(line[1]), line[0]) for line in lines if line[0] in ("Rss:", "Anonymous:")]
    return sum(size if name == "Rss:" else -size for size, name in sizes)

def work():
    context = ssl.create_default_context()
    with sqlite3.connect(":memory:") as store:
        return store.execute("SELECT 6 * 7").fetchone()[0], hashlib.sha256(b"kept").hexdigest()[:8], context.check_hostname

first, before = work(), mapped()
let_go()
after = mapped()
print(json.dumps([before, after, first == work(), first[0]]))
"""


def test_only_files_to_which_nothing_was_written_are_let_go() -> None:
    found = list(untouched(RECORDED.splitlines()))

    assert found == [(0x55D2C0000000, 0x400000), (0x7F0000300000, 0x1000)]


def test_a_process_that_let_go_of_its_libraries_holds_less_and_works_on() -> None:
    program = [sys.executable, "-c", WORK]

    said = subprocess.run(program, check=True, capture_output=True, text=True, timeout=60).stdout

    before, after, is_same, product = json.loads(said)
    assert (is_same, product) == (True, 42)
    assert after < before / 2
