"""Make-believe Chromebooks as Google tells of them, made anew for every question: a district weighs nothing.

Every one starts on each school day, a second or so apart from its neighbours, and reports three hours later. What people
wrote, their names and addresses are there, so that a test sees if anybody asks for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

LATE = timedelta(hours=3)
PERSON = "pupil.seventeen@school.example"


def rfc3339(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


@dataclass
class Chromebook:
    """One, by its number. What a test wants otherwise, it sets."""

    number: int
    boots_at: tuple[datetime, ...] | None = None
    silent: bool = False
    directory: dict[str, Any] = field(default_factory=dict)
    telemetry: dict[str, Any] = field(default_factory=dict)

    @property
    def device_id(self) -> str:
        return f"{self.number:08x}-cafe-4000-8000-{self.number:012x}"

    @property
    def serial(self) -> str:
        return f"5CD{self.number:07d}Q"

    def starts(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """When it was started, one morning after the other, of those that Google has heard of by `until`."""
        if self.boots_at is not None:
            yield from (at for at in self.boots_at if since <= at + LATE <= until)
            return
        day = since.replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=1)
        while day <= until:
            at = day + timedelta(seconds=self.number % 3_000)
            if day.weekday() < 5 and since <= at + LATE <= until:
                yield at
            day += timedelta(days=1)

    def listed(self, now: datetime) -> dict[str, Any]:
        """Its entry in the directory."""
        return {
            "kind": "admin#directory#chromeosdevice",
            "deviceId": self.device_id,
            "serialNumber": self.serial,
            "status": "ACTIVE",
            "model": "Alder Chromebook 311",
            "osVersion": "130.0.6723.126",
            "orgUnitPath": f"/Schools/{'Oak' if self.number % 2 else 'Elm'}/Carts",
            "annotatedAssetId": f"T-{self.number:05d}",
            "annotatedLocation": f"Cart {self.number // 60} slot {self.number // 2 % 30 + 1}",
            "annotatedUser": PERSON,
            "recentUsers": [{"type": "USER_TYPE_MANAGED", "email": PERSON}],
            "lastKnownNetwork": [{"ipAddress": "10.1.2.3", "wanIpAddress": "203.0.113.9"}],
            "macAddress": "a4bb6d000017",
            "notes": f"belongs to {PERSON}",
            "autoUpdateExpiration": "1970000000000",
            "supportEndDate": "2032-06-01T00:00:00.000Z",
            "lastSync": rfc3339(now - timedelta(minutes=20)),
            "systemRamTotal": "4294967296",
            "diskSpaceUsage": {"capacityBytes": "32000000000", "usedBytes": "12000000000"},
        } | self.directory

    def reported(self, since: datetime, now: datetime) -> dict[str, Any] | None:
        """Its telemetry since then; None where it has reported nothing."""
        starts = [] if self.silent else list(self.starts(since, now))
        if not starts and not self.telemetry:
            return None
        return {
            "name": f"customers/C0fake123/telemetry/devices/{self.device_id}",
            "customer": "customers/C0fake123",
            "orgUnitId": "03ph8a2z",
            "deviceId": self.device_id,
            "serialNumber": self.serial,
            "networkInfo": {"networkDevices": [{"macAddress": "a4bb6d000017"}]},
            "batteryInfo": [{"designCapacity": "4000", "designMinVoltage": 11_400, "serialNumber": "B17"}],
            "osUpdateStatus": [
                {"updateState": "OS_UPDATE_NEED_REBOOT", "lastUpdateCheckTime": "1970-01-01T00:00:00Z"}
            ],
            "memoryInfo": {"totalRamBytes": "4294967296", "availableRamBytes": "1200000000"},
            "storageInfo": {"availableDiskBytes": "14358468900", "totalDiskBytes": "32000000000"},
            **({"bootPerformanceReport": [self._boot(at) for at in starts]} if starts else {}),
            **({"batteryStatusReport": [self._battery(starts[-1])]} if starts else {}),
            **({"cpuStatusReport": self._heat(starts[-1])} if starts else {}),
        } | self.telemetry

    def _boot(self, at: datetime) -> dict[str, Any]:
        return {
            "bootUpDuration": f"{9 + self.number % 7}s",
            "bootUpTime": rfc3339(at),
            "shutdownDuration": "1.500s",
            "shutdownTime": rfc3339(at - timedelta(hours=15)),
            "shutdownReason": "USER_REQUEST",
            "reportTime": rfc3339(at + LATE),
        }

    def _battery(self, at: datetime) -> dict[str, Any]:
        reported_at = rfc3339(at + LATE)
        sample = {"remainingCapacity": "1850", "status": "Discharging", "reportTime": reported_at, "temperature": 31}
        return {
            "batteryHealth": "BATTERY_HEALTH_NORMAL",
            "cycleCount": 212,
            "fullChargeCapacity": "3700",
            "reportTime": reported_at,
            "serialNumber": "B17",
            "sample": [sample],
        }

    def _heat(self, at: datetime) -> list[dict[str, Any]]:
        """As in Google's own example: one report tells the load, another the temperatures."""
        heat = [{"label": "Core 0", "temperatureCelsius": 52}, {"label": "Core 1", "temperatureCelsius": 49}]
        return [
            {"reportTime": rfc3339(at + LATE), "cpuTemperatureInfo": heat, "sampleFrequency": "600s"},
            {"reportTime": rfc3339(at + LATE), "cpuUtilizationPct": 12, "sampleFrequency": "600s"},
        ]


def crash(device_id: str, at: datetime, name: str, kind: str = "CRASH_TYPE_KERNEL") -> dict[str, Any]:
    """A crash event, with who was signed in."""
    return {
        "name": f"customers/C0fake123/telemetry/events/{name}",
        "eventType": "OS_CRASH",
        "reportTime": rfc3339(at),
        "device": {"deviceId": device_id, "orgUnitId": "03ph8a2z"},
        "user": {"email": PERSON, "orgUnitId": "03ph8a2z"},
        "osCrashEvent": {"crashId": name, "crashType": kind, "sessionType": "SESSION_TYPE_SIGNED_IN_USER"},
    }
