"""Measures the resident agent beside node_exporter, zabbix_agent2 and collectd: memory, and processor time a minute.

Fair play: the agent runs on a private copy of the interpreter and alone loads the system's TLS libraries (see
`tests/benchmarks/footprint.py`), so that no page is shared with it but libc's and those of other programs.
"""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tests.support.brokers.certificates import make_certificates
from tests.support.brokers.mosquitto import free_port, mosquitto
from tests.support.require import ROOT, find
from tests.support.wait import wait_for
from tests.support.zabbix import ask

WINDOW_SECONDS = 64.0
POLLS_A_MINUTE = 4
SETTLE_SECONDS = 6.0
PUBLISHER, PASSWORD = "d-0123456789ab", "a-password-for-this-run"
NEEDED = ("mosquitto", "node_exporter", "zabbix_agent2", "collectd")
PACKAGES = ("rollcall_agent", "rollcall_wire", "paho", "psutil", "annotated_types")
RUN = "import sys; from rollcall_agent.cli import main; sys.exit(main())"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Memory in MB of 2^20 bytes and processor time in milliseconds since the process began.

    `anon` is the part of the PSS that no file holds: Linux can take back the rest, not this.
    """

    rss: float
    pss: float
    anon: float
    cpu_ms: float


def main() -> None:
    """Measure two minutes: as deployed (vitals each hour), then with vitals each minute."""
    lacking = [name for name in NEEDED if find(name) is None]
    if lacking:
        print(f"skipped: {', '.join(lacking)} not installed here")
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footprint-")))
        ca_file = make_certificates(folder)
        broker = stack.enter_context(mosquitto(folder, users={PUBLISHER: PASSWORD}, has_tls=True))
        collector = stack.enter_context(_collector(broker.port, ca_file))
        interpreter = _interpreter(folder)
        _prepare(folder / "state", broker.port, ca_file)
        agent = stack.enter_context(_agent(folder, interpreter, collector))
        exporter, scrape = stack.enter_context(_node_exporter())
        zabbix, poll = stack.enter_context(_zabbix(folder))
        collectd = stack.enter_context(_collectd(folder))
        _hear(collector, 6)
        pids = {
            "rollcall-agent": agent.pid, "node_exporter": exporter.pid, "zabbix_agent2": zabbix.pid,
            "collectd": collectd.pid,
        }  # fmt: skip
        print(
            f"agent: {interpreter}, TLS to Mosquitto; node_exporter and zabbix_agent2 polled {POLLS_A_MINUTE} times a "
            "minute, collectd reading processor, memory, disks and batteries each 10 s as its default is"
        )
        _others_are_python(agent.pid)
        _window("vitals each hour", pids, (scrape, poll))
        _tell(collector, 1)
        _window("vitals each minute", pids, (scrape, poll))
        _hear(collector, 7)


def _window(name: str, pids: dict[str, int], polls: Sequence[Callable[[], None]]) -> None:
    for poll in polls:
        poll()
    time.sleep(SETTLE_SECONDS)
    began, before = time.monotonic(), {who: _cost(pid) for who, pid in pids.items()}
    for _ in range(round(WINDOW_SECONDS / 60 * POLLS_A_MINUTE)):
        for poll in polls:
            poll()
        time.sleep(60 / POLLS_A_MINUTE)
    minutes = (time.monotonic() - began) / 60
    after = {who: _cost(pid) for who, pid in pids.items()}
    print(f"\n{name}, over {minutes * 60:.0f} s; beside each: the agent's PSS and anon as a share of its")
    print(f"{'':16}{'RSS MB':>9}{'PSS MB':>9}{'anon MB':>9}{'CPU ms/min':>12}{'PSS':>11}{'anon':>6}")
    ours = after["rollcall-agent"]
    for who, cost in after.items():
        cpu = (cost.cpu_ms - before[who].cpu_ms) / minutes
        ratios = f"{ours.pss / cost.pss:11.2f}{ours.anon / cost.anon:6.2f}"
        print(f"{who:16}{cost.rss:9.1f}{cost.pss:9.1f}{cost.anon:9.1f}{cpu:12.2f}{ratios}")
    cpu = (ours.cpu_ms - before["rollcall-agent"].cpu_ms) / minutes
    print(
        f"PSS is {ours.pss / after['node_exporter'].pss:.2f} of node_exporter's (goal 0.80); "
        f"RSS {ours.rss:.1f} MB (goal 26); CPU {cpu:.1f} ms a minute (goal 15)"
    )


def _cost(pid: int) -> Cost:
    rows = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    size = {row[0].rstrip(":"): int(row[1]) / 1024 for row in rows}
    running = sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return Cost(rss=size["Rss"], pss=size["Pss"], anon=size["Pss_Anon"], cpu_ms=running / 1e6)


def _interpreter(folder: Path) -> Path:
    """An environment as an agent alone would have it, on a copy of the system's interpreter, else of our own."""
    version = f"python3.{sys.version_info.minor}"
    system = Path("/usr/bin") / version
    source = system if system.exists() else Path(sys.executable).resolve()
    for name in ("bin", f"lib/{version}/site-packages"):
        (folder / "venv" / name).mkdir(parents=True)
    (folder / "venv/pyvenv.cfg").write_text(f"home = {source.parent}\ninclude-system-site-packages = false\n")
    packages = folder / f"venv/lib/{version}/site-packages"
    for name in PACKAGES:
        found = importlib.util.find_spec(name)
        assert found is not None, name
        assert found.submodule_search_locations, name
        (packages / name).symlink_to(found.submodule_search_locations[0])
    return Path(shutil.copy(source, folder / "venv/bin" / version))


def _prepare(state: Path, port: int, ca_file: Path) -> None:
    state.mkdir()
    identity = {
        "device_id": PUBLISHER, "publisher": PUBLISHER, "password": PASSWORD, "broker_host": "127.0.0.1",
        "broker_port": port, "ca_pem": ca_file.read_text(), "settings": {}, "hardware": {}, "url": "https://collector",
    }  # fmt: skip
    (state / "identity.json").write_text(json.dumps(identity))
    (state / "broker-ca.pem").write_text(ca_file.read_text())


@contextmanager
def _agent(folder: Path, interpreter: Path, collector: subprocess.Popen[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The agent as its service unit runs it."""
    unit = (ROOT / "agent/service/rollcall-agent.service").read_text().splitlines()
    set_by_unit = [line.removeprefix("Environment=").split("=", 1) for line in unit if line.startswith("Environment=")]
    env = {
        **dict(set_by_unit),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder),
    }
    command: list[str | Path] = [interpreter, "-c", RUN, "run", "--state", folder / "state"]
    with _running(command, env=env) as child:
        _hear(collector, 3)  # the first start compiles, which leaves holes in memory
        child.terminate()
        child.wait(20)
    (folder / "state/outbox.sqlite3").unlink()  # else nothing would be due, and no source's libraries be loaded
    with _running(command, env=env) as child:
        yield child


@contextmanager
def _running(command: Sequence[str | Path], env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(5)


@contextmanager
def _collector(port: int, ca_file: Path) -> Iterator[subprocess.Popen[str]]:
    command = [
        sys.executable,
        "-m",
        "tests.support.stand_ins.keeping",
        "127.0.0.1",
        str(port),
        str(ca_file),
        PUBLISHER,
    ]
    child = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        _hear(child, 0)
        yield child
    finally:
        child.kill()
        child.wait(5)


def _tell(collector: subprocess.Popen[str], minutes: int) -> None:
    assert collector.stdin is not None
    collector.stdin.write(f"{minutes}\n")
    collector.stdin.flush()


def _hear(collector: subprocess.Popen[str], least: int) -> None:
    """Wait until so many reports are kept."""
    assert collector.stdout is not None
    for line in collector.stdout:
        if int(line) >= least:
            return
    _fail("the fake collector ended")


@contextmanager
def _node_exporter() -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], None]]]:
    address = f"127.0.0.1:{free_port()}"

    def scrape() -> None:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            answer.read()

    with _running([_found("node_exporter"), f"--web.listen-address={address}"]) as child:
        wait_for(lambda: _answers(scrape), seconds=15, what="node_exporter")
        yield child, scrape


@contextmanager
def _zabbix(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], None]]]:
    port = _free_port_below(32_767)  # it takes none above
    settings = {
        "LogType": "console", "Server": "127.0.0.1", "ListenIP": "127.0.0.1", "ListenPort": port, "Hostname": "bench",
        "ControlSocket": folder / "z.sock", "PluginSocket": folder / "zp.sock", "PidFile": folder / "z.pid",
    }  # fmt: skip
    (folder / "zabbix.conf").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def poll() -> None:
        for item in ("agent.ping", "system.uptime", "vm.memory.size[available]", "vfs.fs.size[/,free]"):
            ask(port, item)

    with _running([_found("zabbix_agent2"), "-f", "-c", folder / "zabbix.conf"]) as child:
        wait_for(lambda: _answers(poll), seconds=15, what="zabbix_agent2")
        yield child, poll


@contextmanager
def _collectd(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """What it reads of a device, sent to a collectd elsewhere as an agent's would be: to this machine's discard port."""
    plugins = ("cpu", "df", "disk", "memory", "battery", "uptime", "thermal")
    (folder / "collectd").mkdir()
    (folder / "collectd.conf").write_text(
        f'BaseDir "{folder}/collectd"\nPIDFile "{folder}/collectd.pid"\nTypesDB "/usr/share/collectd/types.db"\n'
        + "".join(f"LoadPlugin {name}\n" for name in (*plugins, "network"))
        + '<Plugin network>\n  Server "127.0.0.1" "9"\n</Plugin>\n'
    )
    with _running([_found("collectd"), "-f", "-C", folder / "collectd.conf"]) as child:
        time.sleep(SETTLE_SECONDS)
        assert child.poll() is None, "collectd ended"
        yield child


def _free_port_below(highest: int) -> int:
    for port in range(highest, 20_000, -1):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    return _fail(f"no port below {highest} is free")


def _answers(poll: Callable[[], None]) -> bool:
    try:
        poll()
    except OSError:
        return False
    return True


def _others_are_python(agent: int) -> None:
    """Say which other Python processes run: they may share pages with the agent."""
    found = []
    for path in Path("/proc").glob("[0-9]*/maps"):
        pid = int(path.parent.name)
        try:
            is_python = "/python3" in path.read_text() or "libpython3" in path.read_text()
        except OSError:
            continue
        if is_python and pid not in {agent, os.getpid()}:
            found.append(pid)
    print(
        f"other Python processes on this machine: {len(found)} (one is the fake collector), this benchmark beside them"
    )


def _found(name: str) -> Path:
    return find(name) or _fail(f"{name} is not installed")


def _fail(reason: str) -> NoReturn:
    raise AssertionError(reason)


if __name__ == "__main__":
    main()
