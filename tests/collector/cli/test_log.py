"""What comes by the hundred is one line for people, every line for programs."""

import subprocess
import sys

TELL = """
import sys, time, structlog
from rollcall_collector.cli.parts.log import set_up_log
set_up_log(sys.argv[1], is_verbose=len(sys.argv) > 2)
log = structlog.get_logger()
for number in range(1000):
    log.info("device.enrolled", device_id=f"d-{number}")
log.info("fleet.judged")
sys.stdin.readline()
log.info("device.enrolled", device_id="d-later")
"""


def _tell(*words: str) -> list[str]:
    with subprocess.Popen(
        [sys.executable, "-c", TELL, *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr is not None
        lines = []
        for line in child.stderr:
            lines.append(line)
            if "1,000 devices" in line or len(lines) == 1001:
                break
        rest, _ = child.communicate("\n")
        del rest
    return lines


def test_a_thousand_devices_that_enroll_are_one_line() -> None:
    lines = _tell("console")

    assert [("device.enrolled" in line, "fleet.judged" in line) for line in lines[:4]] == [
        (True, False),
        (True, False),
        (True, False),
        (False, True),
    ]
    assert lines[4:] == ["1,000 devices enrolled\n"]


def test_a_log_for_programs_and_one_that_was_asked_for_more_have_every_line() -> None:
    for words in (["json"], ["console", "more"]):
        assert sum("device.enrolled" in line for line in _tell(*words)) == 1000


def test_who_listens_beside_the_log_hears_every_repeat() -> None:
    listen = """
import logging, sys
from rollcall_collector.cli.parts.log import set_up_log
beside = logging.StreamHandler(sys.stdout)
logging.getLogger().addHandler(beside)
set_up_log("console")
for _ in range(3):
    logging.getLogger("paho").warning("no connection")
"""

    said = subprocess.run([sys.executable, "-c", listen], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines() == ["no connection"] * 3
