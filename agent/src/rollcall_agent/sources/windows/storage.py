"""Asks once a day how the built-in disks wear: smartctl where it is installed, else what Windows itself counts."""

import json
from typing import Any

from rollcall_agent.sources.disk_health import Storage, tell
from rollcall_agent.sources.smart import Silent, Smart, parse
from rollcall_agent.sources.source import Host, Source
from rollcall_agent.sources.windows import volumes
from rollcall_agent.sources.windows.volumes import FOREIGN_BUSES

SMARTCTL = r"C:\Program Files\smartmontools\bin\smartctl.exe"
POWERSHELL = r"\System32\WindowsPowerShell\v1.0\powershell.exe"
COUNTED = (
    "Get-PhysicalDisk | ForEach-Object { $it = $_; $its = $_.CimInstanceProperties;"
    " $counted = $_ | Get-StorageReliabilityCounter; [pscustomobject]@{ disk=$it.DeviceId; bus=$its['BusType'].Value;"
    " kind=$its['MediaType'].Value; health=$its['HealthStatus'].Value; wear=$counted.Wear;"
    " uncorrected=$counted.ReadErrorsUncorrected } } | ConvertTo-Json -Compress"
)
"""Numbers alone: neither names nor serial numbers are asked for."""
POWERSHELL_SECONDS = 60.0
SOLID_STATE, UNHEALTHY = 4, 2
NOBODY = "storage: neither smartctl nor Windows' own counters tell of the disks (an administrator's rights are needed)"


def read(host: Host) -> Storage:
    """Each built-in disk's answer, without waking a sleeping one."""
    own = {number: one for number, one in volumes.disks().items() if one.is_built_in}
    keys = {number: one.key or str(number) for number, one in own.items()}
    disks: dict[str, Smart] = {}
    for number, key in keys.items():
        # smartctl counts disks by letters here, too: /dev/sda is the first
        name = f"/dev/sd{chr(ord('a') + number)}"
        ran = host.run((SMARTCTL, "-j", "-H", "-A", "-l", "error", "-n", "standby,3", name))
        answer = Silent() if ran is None or ran.is_late else parse(ran.output)
        if isinstance(answer, Smart):
            disks[key] = answer
    if len(disks) < len(keys):  # no smartctl, or disks behind a controller that it cannot see through
        asked = (volumes.system_folder() + POWERSHELL, "-NoProfile", "-NonInteractive", "-Command", COUNTED)
        ran = host.run(asked, seconds=POWERSHELL_SECONDS)
        counted = parse_counted("" if ran is None else ran.output)
        disks |= {
            keys.get(number, str(number)): one for number, one in counted.items() if keys.get(number) not in disks
        }
    return Storage(disks=disks, missing=() if disks else (NOBODY,))


def parse_counted(output: str) -> dict[int, Smart]:
    """What Windows counts, by the disk's number. What it does not count is null, and stays unknown."""
    try:
        found = json.loads(output)
    except ValueError:
        return {}
    rows = found if isinstance(found, list) else [found]
    disks = [(row, _number(row.get("disk"))) for row in rows if isinstance(row, dict)]
    return {
        number: smart
        for row, number in disks
        if number is not None and row.get("bus") not in FOREIGN_BUSES and (smart := _smart(row)) is not None
    }


def _smart(row: dict[str, Any]) -> Smart | None:
    wear, uncorrected = _number(row.get("wear")), _number(row.get("uncorrected"))
    is_worn = wear is not None and row.get("kind") == SOLID_STATE
    if uncorrected is None and not is_worn and row.get("health") != UNHEALTHY:
        return None
    return Smart(
        exit_status=0,
        is_failing=row.get("health") == UNHEALTHY,
        wear_percent=float(wear) if is_worn and wear is not None else None,
        counters={} if uncorrected is None else {"media_errors": uncorrected},
    )


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


SOURCE = Source(
    name="storage", rhythm="daily", needs="smartctl, or an administrator's rights or LocalSystem", read=read, tell=tell
)
