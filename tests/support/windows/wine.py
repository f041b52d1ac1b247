"""A Windows of the test's: a prefix of Wine with a Windows CPython in it, the agent, and what it needs. Wine is no Windows."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from release.windows import PACKAGES, add_files, add_python
from tests.support.require import ROOT, lacking, require

CACHE = ROOT / ".cache" / "wine"
STAND_IN = ROOT / "tests/support/stand_ins/wevtapi.c"
AGENT = (ROOT / "agent/src/rollcall_agent", ROOT / "agent/wire/src/rollcall_wire")
SECONDS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Wine:
    """One prefix. `drive` is its C:, as this system sees it; each prefix is one start until it is `restarted`."""

    prefix: Path

    @property
    def drive(self) -> Path:
        return self.prefix / "drive_c"

    def environment(self, **more: str) -> dict[str, str]:
        found = {name: value for name, value in os.environ.items() if not name.startswith(("ROLLCALL_", "WINE"))}
        own = {"WINEPREFIX": str(self.prefix), "WINEDEBUG": "-all", "WINEARCH": "win64", "DISPLAY": ""}
        return {
            **found,
            **own,
            "WINEDLLOVERRIDES": "mscoree,mshtml=;wevtapi=n,b",
            "PYTHONDONTWRITEBYTECODE": "1",
            **more,
        }

    @contextmanager
    def start(self, *arguments: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
        """Python with these arguments, ended at the latest here. Its ends are pipes: it cannot set up its streams with files."""
        with subprocess.Popen(
            [require("wine"), r"C:\py\python.exe", *arguments],
            env=self.environment(**env),
            cwd=self.drive,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as child:
            try:
                yield child
            finally:
                child.kill()  # nothing where it has ended

    def python(self, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Python with these arguments, to its end; what it printed, with Unix ends of lines."""
        with self.start(*arguments, **env) as child:
            out, _ = child.communicate(stdin.encode(), timeout=SECONDS)
        return subprocess.CompletedProcess(
            child.args, child.returncode, out.decode(errors="replace").replace("\r\n", "\n")
        )

    def agent(self, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """The agent with these arguments, to its end."""
        return self.python("-m", "rollcall_agent.cli", *arguments, stdin=stdin, **env)

    def command(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """A script of the Windows command line, to its end."""
        done = subprocess.run(
            [require("wine"), "cmd", "/c", *arguments],
            env=self.environment(**env),
            cwd=self.drive,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=2 * SECONDS,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout + done.stderr)

    @contextmanager
    def attended(self) -> Iterator[None]:
        """Somebody's program runs meanwhile: Wine ends its services with the last of these."""
        with self.start("-c", "input()") as attending:
            try:
                yield
            finally:
                attending.communicate(b"\n", timeout=SECONDS)

    def unpack(self) -> None:
        """Lay out the Windows package as C:\\setup."""
        shutil.copytree(self.drive / "py", self.drive / "setup" / "python", copy_function=_link, dirs_exist_ok=True)
        add_files(self.drive / "setup")

    def settle(self) -> None:
        """Wait until no program of the prefix runs any more: only then is its registry written."""
        self._server("-w")

    def cut_power(self) -> None:
        """End every program of the prefix at once, and with them the start: what lives only as long is gone."""
        self._server("-k")
        self._server("-w")

    def _server(self, argument: str) -> None:
        server = shutil.which("wineserver") or "/usr/lib/wine/wineserver"
        subprocess.run([server, argument], env=self.environment(), check=False, timeout=SECONDS)


def make_wine(folder: Path) -> Wine:
    """A fresh prefix with Python and the agent. Skips where Wine or the compiler for its stand-in is absent."""
    wine, compiler = require("wine"), require("mingw")
    made = Wine(prefix=folder / "prefix")
    for command in (("wineboot", "-i"), ("winecfg", "-v", "win10")):
        subprocess.run([wine, *command], env=made.environment(), capture_output=True, check=False, timeout=SECONDS)
        made.settle()
    patient = r"HKLM\System\CurrentControlSet\Control"  # how long a service may take to answer: Windows waits 30 s
    patience = ("reg", "add", patient, "/v", "ServicesPipeTimeout", "/t", "REG_SZ", "/d", "120000", "/f")
    subprocess.run([wine, *patience], env=made.environment(), capture_output=True, check=False, timeout=SECONDS)
    made.settle()
    with suppress(FileNotFoundError):
        (made.prefix / "dosdevices" / "z:").unlink()  # else the agent's paths lead into this Linux
    shutil.copytree(_python(), made.drive / "py", copy_function=_link)
    packages = made.drive / "py" / PACKAGES
    for package in AGENT:
        shutil.copytree(package, packages / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    library = str(made.drive / "py" / "wevtapi.dll")
    options = ("-O2", "-shared", "-static-libgcc", "-Wall", "-Werror")
    subprocess.run([compiler, *options, "-o", library, STAND_IN], check=True, timeout=SECONDS)
    return made


def _python() -> Path:
    """The Python of the Windows package, made once into the cache."""
    done, fresh = CACHE / "python", CACHE / "python.new"
    if done.is_dir():
        return done
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        add_python(fresh)
    except subprocess.CalledProcessError as error:
        lacking(f"a Windows Python cannot be fetched: {error}")
    (fresh / "_wmi.pyd").unlink(missing_ok=True)  # Wine's propsys lacks what it calls: platform.uname() would die
    fresh.rename(done)
    return done


def _link(source: str, target: str) -> None:
    os.link(source, target) if source.endswith((".dll", ".pyd", ".exe", ".zip")) else shutil.copy2(source, target)
