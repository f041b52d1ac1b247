"""A Debian system with systemd as its first process, on a network of the tests' own: up within seconds, gone with them."""

import contextlib
import os
import subprocess
from pathlib import Path

from tests.support.systems.network import Network
from tests.support.wait import wait_for

# In a mount namespace of its own, so that nothing stays mounted; entered by `nsenter --net`, since only so does
# /sys/class/net show the system's own card, by which one device is told from another.
_BOOT = """\
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
exec systemd-nspawn -q -D "$2/root" -M "$3" --register=no --keep-unit --resolv-conf=off --console=pipe \\
    --kill-signal=SIGRTMIN+3 -b
"""


class System:
    """A system that is a layer over a base. `name` is its host name; `others` are names under which it is found."""

    def __init__(self, base: Path, folder: Path, network: Network, name: str, *others: str) -> None:
        self.name = name
        self._base = base
        self._folder = folder / name
        self._network = network
        self._others = others
        self._child: subprocess.Popen[bytes] | None = None
        self._first = 0
        self.address = ""
        self._place = ""

    def plug(self) -> None:
        """Take a place on the network, so that those who start before it know its names."""
        self._place, self.address = self._network.plug([self.name, *self._others])

    def start(self, *, authorized_key: str) -> None:
        """Switch it on; whoever holds this key may come in as root. Returns when systemd says that it is up."""
        for name in ("upper", "work", "root"):
            (self._folder / name).mkdir(parents=True)
        self._write("etc/hostname", f"{self.name}\n")
        self._write("etc/hosts", self._network.hosts)
        self._write("root/.ssh/authorized_keys", authorized_key)
        for name in ("root", "root/.ssh"):
            (self._folder / "upper" / name).chmod(0o700)
        self._write("var/lib/apt/periodic/update-success-stamp", "")  # its lists are as new as they can be
        with (self._folder / "console").open("wb") as console:
            self._child = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL", "nsenter", f"--net=/run/netns/{self._place}"),
                    *("unshare", "--mount", "sh", "-ec", _BOOT, "sh"),
                    *(self._base, self._folder, f"{self.name}-{os.getpid()}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        wait_for(self._is_up, seconds=300, what=f"the start of {self.name}")

    def stop(self) -> None:
        """Pull the plug."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._first, 9)
            self._child.kill()
            self._child.wait(30)

    def run(self, *command: str, stdin: str = "", is_checked: bool = True) -> str:
        """What a command prints that is run in it as root; it must succeed where that is checked."""
        done = self._enter(*command, stdin=stdin)
        assert done.returncode == 0 or not is_checked, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def path(self, name: str) -> Path:
        """Where this machine finds a file of it while it is up."""
        return Path(f"/proc/{self._first}/root{name}")

    def _write(self, name: str, text: str) -> None:
        path = self._folder / "upper" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _enter(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["nsenter", "-t", str(self._first), "-a", *command],
            input=stdin,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def _is_up(self) -> bool:
        """Whether systemd says so. Its process is the second that systemd-nspawn starts: the first soon ends."""
        assert self._child is not None
        assert self._child.poll() is None, (self._folder / "console").read_text(errors="replace")
        pid = self._child.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._first = int(children[0]) if children else 0
        return self._enter("systemctl", "is-system-running").stdout.strip() in {"running", "degraded"}
