"""`--check`: which right, role, policy or clock is missing, and where in Google's consoles it is set."""

import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from rollcall_agent.bridges.google.account import KEY_FILE, Account, read_account
from rollcall_agent.bridges.google.refusal import GoogleRefusedError
from rollcall_agent.bridges.google.service import Endpoints, Service
from rollcall_agent.bridges.google.values import Reply, instant, parts
from rollcall_agent.checks import Check, fault
from rollcall_agent.errors import AgentError

LOOKED_AT = 25
"""So many Chromebooks are looked at."""
LOOKED_BACK = timedelta(days=7)
"""Of each, so far back: all that it reported since then comes along."""
_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
_WHERE = "admin.google.com > Devices > Chrome > Settings > Device settings > User and device reporting"
_POLICIES = {
    "bootPerformanceReport": ("start-ups", "ReportDeviceBootMode"),
    "batteryStatusReport": ("batteries", "ReportDevicePowerStatus"),
    "storageInfo": ("storage", "ReportDeviceStorageStatus"),
    "cpuStatusReport": ("temperatures", "ReportDeviceCpuInfo"),
    "memoryInfo": ("free memory", "ReportDeviceMemoryInfo"),
    "osUpdateStatus": ("updates", "ReportDeviceOsUpdateStatus"),
}
"""What a policy lets devices tell: where not one of them does, it is off."""
_LESSER = frozenset({"memoryInfo", "osUpdateStatus"})
"""Nothing is judged by these: a school may leave them off."""


def check_google(folder: Path, endpoints: Endpoints) -> Iterator[Check]:
    """Key, sign-in, both interfaces, policies and delay; what rests on something wrong is left out. Raises OSError."""
    try:
        account = read_account(folder)
    except AgentError as error:
        yield fault("key", "it cannot be used", str(error))
        return
    yield _check_key(folder / KEY_FILE, account)
    service = Service(account=account, endpoints=endpoints)
    try:
        yield from _check_service(service)
    finally:
        service.close()


def _check_key(path: Path, account: Account) -> Check:
    says = f"{account.email}, customer {account.customer}"
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return fault("key", f"others may read it: {path}", f"chmod 600 {path}")
    return Check(subject="key", says=says)


def _check_service(service: Service) -> Iterator[Check]:
    if (wrong := _try("sign-in", service.sign_in)) is not None:
        yield wrong
        return
    yield Check(subject="sign-in", says="Google gives a token, for reading only")
    now = service.google_now or _EARLIEST
    found: list[Reply] = []
    wrong = _try("telemetry", lambda: found.extend(service.devices(since=now - LOOKED_BACK, size=LOOKED_AT).entries))
    yield wrong or Check(subject="telemetry", says=f"may be read; {len(found)} Chromebooks looked at")
    wrong = _try("crashes", lambda: next(service.crashes(since=now - LOOKED_BACK), None))
    yield wrong or Check(subject="crashes", says="may be read")
    listed: list[Reply] = []
    wrong = _try("directory", lambda: listed.extend(service.listed(size=1).entries))
    yield wrong or Check(subject="directory", says="may be read" if listed else "may be read; it lists no Chromebook")
    yield from _check_policies(found)
    yield from _check_delay(found, now)


def _try(subject: str, ask: Callable[[], object]) -> Check | None:
    """None where it went well. Raises OSError where Google is not there at all."""
    try:
        ask()
    except GoogleRefusedError as error:
        return fault(subject, f"Google refuses (HTTP {error.status}, {error.reason})", error.says)
    except (ValueError, LookupError, AgentError) as error:
        return fault(subject, "it cannot be asked", str(error))
    return None


def _check_policies(found: Sequence[Reply]) -> Iterator[Check]:
    """Which of the reports not one device sends. Of none at all, telemetry as a whole is off or too new."""
    if not found:
        says = f"no Chromebook has reported in {LOOKED_BACK.days} days: there are holidays, or reporting is off"
        yield Check(subject="policies", says=says, way_out=f"{_WHERE}: turn it on")
        return
    for report, (what, policy) in _POLICIES.items():
        telling = sum(1 for one in found if one.get(report))
        if telling == 0:
            says, way_out = f"no Chromebook tells of its {what}", f"{_WHERE}: turn on {policy}"
            yield Check(subject="policies", says=says, way_out=way_out, is_fault=report not in _LESSER)
        else:
            yield Check(subject="policies", says=f"{telling} of {len(found)} tell of their {what}")


def _check_delay(found: Sequence[Reply], now: datetime) -> Iterator[Check]:
    newest = [max(times) for one in found if (times := [at for at in _reported(one) if at <= now])]
    hours = [(now - at) / timedelta(hours=1) for at in newest]
    if hours:
        says = (
            f"the newest word of a Chromebook is {min(hours):.1f} hours old, of half of them under {median(hours):.1f}"
        )
        yield Check(subject="delay", says=says)


def _reported(reply: Reply) -> Iterator[datetime]:
    for name in ("bootPerformanceReport", "batteryStatusReport", "cpuStatusReport"):
        for report in parts(reply, name):
            if (at := instant(report.get("reportTime"))) is not None:
                yield at
