"""A school of two fresh Debian systems, a server and a laptop, and the playbooks that make Rollcall of them."""

import json
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from typing import Any

from tests.support.require import ROOT
from tests.support.systems.network import Network
from tests.support.systems.system import System

NAME = "rollcall.hill.test"
PROGRAMS = Path(sys.executable).parent
STORE = "/var/lib/rollcall/rollcall.sqlite3"
_SQL = f"""
import json, sqlite3, sys
with sqlite3.connect("{STORE}", timeout=60) as store:
    print(json.dumps(store.execute(sys.argv[1]).fetchall()))
"""
ROLLCALL = ("runuser", "-u", "rollcall", "--", "/opt/rollcall/bin/rollcall", "--config", "/etc/rollcall/rollcall.toml")
RECAP = re.compile(r"^(\w+) +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+).*?ignored=(\d+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """What a playbook says at its end: tasks by outcome, all systems together."""

    changed: int
    failed: int
    seconds: float
    said: str


class School:
    """`start` switches both systems on; `play` runs a playbook from this machine over SSH."""

    def __init__(self, base: Path, folder: Path) -> None:
        self.folder = folder
        self.inventory = folder / "inventory"
        self.network = Network(folder)
        self.server = System(base, folder, self.network, "hill", NAME)
        self.laptop = System(base, folder, self.network, "laptop")

    def start(self) -> None:
        """Network, systems, and an inventory of them."""
        self.inventory.mkdir(parents=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "key"], check=True)
        key = (self.folder / "key.pub").read_text()
        self.network.start()
        for system in (self.server, self.laptop):
            system.plug()
        for system in (self.server, self.laptop):
            system.start(authorized_key=key)
        ssh = f"-o UserKnownHostsFile={self.folder}/known_hosts -o StrictHostKeyChecking=accept-new"
        groups = {
            name: {"hosts": {one.name: None}} for name, one in (("server", self.server), ("devices", self.laptop))
        }
        said = {
            "rollcall_name": NAME,
            "rollcall_site": "Hill School",
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_common_args": ssh,
        }
        (self.inventory / "hosts.json").write_text(json.dumps({"all": {"children": groups, "vars": said}}))

    def stop(self) -> None:
        """Switch everything off."""
        for system in (self.server, self.laptop):
            system.stop()
        self.network.stop()

    def say(self, **settings: Any) -> None:
        """Set variables of the inventory from now on."""
        file = self.inventory / "group_vars/all.json"
        file.parent.mkdir(exist_ok=True)
        known = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(known | settings))

    def play(self, playbook: str, *arguments: str) -> Played:
        """Run a playbook, whatever becomes of it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROLLCALL_", "ANSIBLE_"))}
        env = kept | {
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{self.folder}/cp",
        }
        began = time.monotonic()
        command = self.network.command(
            PROGRAMS / "ansible-playbook", "-i", self.inventory / "hosts.json", f"{playbook}.yml", *arguments
        )
        done = run(command, cwd=ROOT / "ansible", env=env, capture_output=True, text=True, check=False, timeout=1_800)
        seconds = time.monotonic() - began
        said = done.stdout + done.stderr
        lines = [[int(count) for count in found[1:]] for found in RECAP.findall(said)]
        print(f"{playbook} {' '.join(arguments)}: {seconds:.0f} s, status {done.returncode}, {lines}")
        assert done.returncode == 0, said
        return Played(
            changed=sum(line[1] for line in lines), failed=sum(line[3] for line in lines), seconds=seconds, said=said
        )

    def ask(self, *verb: str) -> str:
        """What a verb of the server prints."""
        return self.server.run(*ROLLCALL, *verb)

    def devices(self) -> list[dict[str, Any]]:
        """Every device that the server knows."""
        found: list[dict[str, Any]] = json.loads(self.ask("devices", "list", "--json"))["devices"]
        return found

    def sql(self, statement: str) -> list[list[Any]]:
        """The rows that a statement gives on the server's store."""
        found: list[list[Any]] = json.loads(self.server.run("python3", "-c", _SQL, statement))
        return found

    def page(self, address: str) -> str:
        """A page as an administrator sees it, who trusts the school's authority alone."""
        link = self.ask("people", "link", "Ms Lee").strip()
        return self.network.run(
            sys.executable, "-m", "tests.support.systems.visitor", self.inventory / "secrets/ca.pem", link, address
        )


def carried(archive: Path, folder: Path, name: str) -> Path:
    """An archive out of everybody's way, under this name."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(archive, folder / name))
