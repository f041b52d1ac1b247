"""An emulated PC with a disk that stays: switched on, typed at, crashed, put to sleep, and its plug pulled."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.support.require import lacking
from tests.support.vm.image import base
from tests.support.wait import wait_for

FIRMWARE = Path("/usr/share/OVMF")
START_SECONDS, TYPE_SECONDS = 1800.0, 900.0
"""Without a processor that helps, each start takes a minute on an idle machine and many beside other work."""
_PATIENT = "systemd.show_status=0 systemd.default_timeout_start_sec=1800"
"""A line that is found later than its usual 90 seconds would never be listened to: seen beside other work."""
_PROMPT = r"root@\S+:~# "
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


class Machine:
    """One PC. Its disk is `disk`, its firmware remembers what it was told in `variables`, `console` is all it said."""

    def __init__(self, folder: Path) -> None:
        self.disk = folder / "disk.img"
        self.variables = folder / "variables.fd"
        self.console = folder / "console.log"
        self._line = folder / "line"
        self._child: subprocess.Popen[bytes] | None = None
        self._said = ""

    def on(self) -> None:
        """Start it, and wait until somebody could type."""
        if shutil.which("qemu-system-x86_64") is None:
            lacking("qemu-system-x86_64 is not installed here")
        if not self.variables.exists():
            shutil.copy(_firmware("VARS"), self.variables)
        self._line.unlink(missing_ok=True)
        with self.console.open("ab") as log:
            self._child = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self._line.exists, seconds=30, what="the machine's line")
        self._speaking = socket.socket(socket.AF_UNIX)
        self._speaking.connect(str(self._line))
        self._speaking.settimeout(1.0)
        self._said = ""
        self._hear(_PROMPT, START_SECONDS)
        for word in ("exec env PS1= sh", "stty -echo", "dmesg -n 1"):  # nobody but who is asked speaks from now on
            self._say(word)
        self.type("true")

    def type(self, command: str) -> str:
        """Run a command as root; what it printed. Raises AssertionError where it failed."""
        self._said = ""
        mark = f"ended-{time.monotonic_ns()}"
        self._say(f"{command}\necho {mark} $?")
        heard = self._hear(rf"{mark} \d+\n", TYPE_SECONDS)
        printed, _, status = heard.partition(mark)
        assert status.strip() == "0", f"{command}\n{printed}"
        return printed

    def off(self) -> None:
        """Shut it down as a person does."""
        self._say("systemctl poweroff")
        self._wait_until_gone()

    def panic(self) -> None:
        """Have its kernel crash; it restarts by itself, which ends the emulation."""
        self._say("sync; echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger")
        self._wait_until_gone()

    def suspend(self) -> None:
        """Put it to sleep: from here on it does nothing more."""
        self._said = ""
        self._say("dmesg -n 7; systemctl suspend")
        self._hear(r"PM: suspend entry", TYPE_SECONDS)

    def cut(self) -> None:
        """Pull the plug."""
        assert self._child is not None, "it is off"
        self._child.kill()
        self._wait_until_gone()

    def stop(self) -> None:
        """End it, if it runs."""
        if self._child is not None:
            self.cut()

    def _command(self) -> list[str | Path]:
        made = base()
        return [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max", "-m", "768",
            "-smp", "2", "-nodefaults", "-display", "none", "-no-reboot", "-nic", "user,model=virtio-net-pci",
            "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={_firmware('CODE')}",
            "-drive", f"if=pflash,format=raw,unit=1,file={self.variables}",
            "-drive", f"file={self.disk},format=raw,if=virtio,cache=writeback",
            "-acpitable", f"file={made / 'battery.aml'}",
            "-smbios", "type=1,manufacturer=School,product=Lab,serial=LAB0001,uuid=1b4e28ba-2fa1-41d2-883f-0016d3cca427",
            "-kernel", made / "vmlinuz", "-initrd", made / "initrd",
            "-append", f"root=/dev/vda rw console=ttyS0 quiet panic=1 efi_pstore.pstore_disable=0 {_PATIENT}",
            "-chardev", f"socket,id=line,path={self._line},server=on,wait=off,logfile={self.console},logappend=on",
            "-serial", "chardev:line", "-monitor", "none",
        ]  # fmt: skip

    def _say(self, command: str) -> None:
        self._speaking.sendall(f"{command}\n".encode())

    def _hear(self, pattern: str, seconds: float) -> str:
        """All that was said since, once this was."""
        until = time.monotonic() + seconds
        while not re.search(pattern, self._said):
            assert time.monotonic() < until, f"'{pattern}' was not said within {seconds:g} s:\n{self._said[-2000:]}"
            try:
                heard = self._speaking.recv(65_536)
            except TimeoutError:
                continue
            assert heard, f"the machine ended before it said '{pattern}':\n{self._said[-2000:]}"
            self._said += _COLOURS.sub("", heard.decode(errors="replace"))
        return self._said

    def _wait_until_gone(self) -> None:
        assert self._child is not None, "it is off"
        self._child.wait(TYPE_SECONDS)
        self._child = None
        self._speaking.close()


def _firmware(part: str) -> Path:
    """This part of the firmware, of the size that this Debian has."""
    found = [path for size in ("_4M", "") if (path := FIRMWARE / f"OVMF_{part}{size}.fd").exists()]
    if not found:
        lacking("ovmf is not installed here")
    return found[0]
