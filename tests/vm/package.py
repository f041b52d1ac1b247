"""The Debian package on a Debian that systemd has started: installed as the page says, hung, upgraded, killed, purged.

Not called test_, as `starts.py`: `make test-vm` runs it.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from release.debian import pack
from rollcall_dashboards.pages.enroll.ways import ways_of
from tests.support.brokers.school_server import SchoolServer, school_server
from tests.support.fleets.released.outbox import EPOCH, released_outbox
from tests.support.vm.container import Container, container
from tests.support.wait import wait_for

VERSIONS = ("0.1.0", "0.1.1")
STATE = "var/lib/rollcall-agent"
UNIT = "rollcall-agent"
HANG = f"kill -STOP $(systemctl show -p MainPID --value {UNIT})"
RESTARTS = f"systemctl show -p NRestarts --value {UNIT}"
SHORT = "[Service]\\nWatchdogSec=20\\nRestartSec=1\\n"


def watermarks(server: SchoolServer) -> set[tuple[str, int]]:
    with closing(sqlite3.connect(server.settings.parent / "var" / "rollcall.sqlite3")) as store:
        return {(epoch, upto) for epoch, upto in store.execute("SELECT epoch, upto FROM watermarks")}


def install(debian: Container, server: SchoolServer, folder: Path) -> None:
    """Bring the packages and the authority, and run the one command of the page."""
    for carried in (*(Path(shutil.move(pack(version), folder)) for version in VERSIONS), server.ca_file):
        shutil.copy(carried, debian.root / "root")
    ways = ways_of(server.url, VERSIONS[0], server.token, has_authority=True)
    (command,) = [one.command.removeprefix("sudo ") for one in ways if "Debian" in one.platform]
    debian.run(command)
    wait_for(lambda: len(server.devices()) == 1, seconds=120, what="the device")


def test_the_package_lives_under_a_real_systemd_and_leaves_nothing(tmp_path: Path) -> None:
    with school_server(tmp_path) as server, container(tmp_path) as debian:
        install(debian, server, tmp_path)
        debian.run(f"mkdir -p /run/systemd/system/{UNIT}.service.d")
        debian.run(f"printf '{SHORT}' >/run/systemd/system/{UNIT}.service.d/short.conf; systemctl daemon-reload")
        debian.run(f"systemctl restart {UNIT}; sleep 6; {HANG}")  # its first words come once Python has loaded
        wait_for(lambda: debian.run(RESTARTS).strip() == "1", seconds=120, what="the watchdog")
        debian.run(f"rm -r /run/systemd/system/{UNIT}.service.d; systemctl daemon-reload; systemctl stop {UNIT}")

        identity = (debian.root / STATE / "identity.json").read_text()
        device = json.loads(identity)["device_id"]
        released_outbox(debian.root / STATE / "outbox.sqlite3", 50, device=device)
        debian.run(f"dpkg -i {UNIT}_{VERSIONS[1]}_*.deb")
        wait_for(lambda: (EPOCH, 50) in watermarks(server), seconds=120, what="what the older agent left")
        kept = (debian.root / STATE / "identity.json").read_text()
        start = debian.run("cat /proc/sys/kernel/random/boot_id")
        debian.run(f"kill -9 $(systemctl show -p MainPID --value {UNIT})")
        debian.off()
        noted = (debian.root / STATE / "stopped").read_text()

        debian.start()
        debian.run(f"apt-get purge -y {UNIT} </dev/null")
        left = debian.run("find / -xdev -iname '*rollcall*' -not -path '/root/*' -not -path '/proc/*'; true")

    assert kept == identity
    assert noted == start
    assert left.split() == []
