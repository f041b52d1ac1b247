"""Finds what a test needs beyond Python, or skips with a reason; with ROLLCALL_REQUIRE=all a lack is a failure."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
AXE = "4.14.1"
_PROGRAMS = {
    "mosquitto": ("mosquitto", "/usr/sbin/mosquitto"),
    "mosquitto_sub": ("mosquitto_sub",),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "victoriametrics": ("victoria-metrics", "victoria-metrics-prod"),
    "node_exporter": ("prometheus-node-exporter",),
    "zabbix_agent2": ("zabbix_agent2", "/usr/sbin/zabbix_agent2"),
    "collectd": ("collectd", "/usr/sbin/collectd"),
    "smartctl": ("smartctl", "/usr/sbin/smartctl"),
    "node": ("node", "nodejs"),
    "wine": ("wine",),
    "mingw": ("x86_64-w64-mingw32-gcc",),
}


def find(name: str) -> Path | None:
    """Where a needed program stands on this machine; for PostgreSQL the folder of its server programs."""
    if name == "postgresql":
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name))
        return folders[-1] if folders else None
    if name == "rabbitmq":  # Debian's own command changes the user, and knows one node
        return next(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"), None)
    found = next(filter(None, map(shutil.which, _PROGRAMS[name])), None)
    return Path(found) if found else None


def require(name: str) -> Path:
    """The program's path; else the test is skipped, or fails where everything is required."""
    found = find(name)
    if found is None:
        lacking(f"{name} is not installed here")
    return found


def axe() -> str:
    """The script that finds what keeps people from using a page (axe-core, of npm)."""
    script = ROOT / ".cache" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        lacking(f"axe-core is not installed here: npm install --no-save --prefix .cache/axe axe-core@{AXE}")
    return script.read_text()


def fixtures() -> Path:
    """The folder of recorded inputs."""
    return _folder(SHARED / "fixtures")


def shared_data() -> Path:
    """The folder of back-test records."""
    return _folder(SHARED / "data")


def lacking(reason: str) -> NoReturn:
    """Skip the test for this reason; fail instead where everything is required."""
    if os.environ.get("ROLLCALL_REQUIRE") == "all":
        pytest.fail(f"required, but {reason}", pytrace=False)
    pytest.skip(reason)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        lacking(f"the recorded inputs are not at {path.parent.name}/{path.name} beside the project")
    return path
