"""Asks Google's two interfaces, page by page, reads only, and takes a no as what it means."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from rollcall_agent.bridges.google import refusal
from rollcall_agent.bridges.google.account import Account
from rollcall_agent.bridges.google.connections import AnswerTooLongError, Connections
from rollcall_agent.bridges.google.directory import FIELDS
from rollcall_agent.bridges.google.refusal import GoogleRefusedError
from rollcall_agent.bridges.google.values import Reply, parts
from rollcall_agent.errors import ComeBackLaterError, ConfigError

if TYPE_CHECKING:  # google-auth is an extra: only who runs this bridge has it
    from rollcall_agent.bridges.google.sign_in import SignIn

SCOPES = (
    "https://www.googleapis.com/auth/chrome.management.telemetry.readonly",
    "https://www.googleapis.com/auth/admin.directory.device.chromeos.readonly",
)
TELEMETRY_PAGE, DIRECTORY_PAGE = 1_000, 300
"""The most that Google gives at once."""
STARTS_MASK = "device_id,serial_number,boot_performance_report"
READ_MASK = (
    f"{STARTS_MASK},battery_info,battery_status_report,cpu_status_report,memory_info,os_update_status,storage_info"
)
STARTS_FIELDS = "deviceId,serialNumber,bootPerformanceReport"
DEVICE_FIELDS = (
    f"{STARTS_FIELDS},batteryInfo(designCapacity,designMinVoltage,serialNumber),batteryStatusReport(batteryHealth,"
    "cycleCount,fullChargeCapacity,reportTime,serialNumber,sample(remainingCapacity,reportTime,status)),"
    "cpuStatusReport(reportTime,cpuTemperatureInfo(temperatureCelsius)),memoryInfo(availableRamBytes),"
    "osUpdateStatus(lastUpdateCheckTime,updateState),storageInfo(availableDiskBytes)"
)
"""Heat is reported every ten minutes: what is not needed of it is not asked for."""
EVENT_FIELDS = "nextPageToken,telemetryEvents(eventType,reportTime,device(deviceId),osCrashEvent(crashId,crashType))"
REQUESTS_MAX = 300
"""So many requests a round at most, then a minute of rest: an eighth of the directory's quota of 2,400 a minute."""
REST_SECONDS = 60.0
WAIT_SECONDS_LEAST, WAIT_SECONDS_MAX = 5.0, 3_600.0
"""Whoever asks for a shorter or longer wait is not believed."""
_OK = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """Where Google is."""

    telemetry: str = "https://chromemanagement.googleapis.com"
    directory: str = "https://admin.googleapis.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One of Google's lists: of which interface, under which name, and the parameter for a page's size."""

    api: str
    name: str
    sized_by: str


_DEVICES = Listing(api=refusal.TELEMETRY, name="devices", sized_by="pageSize")
_EVENTS = Listing(api=refusal.TELEMETRY, name="telemetryEvents", sized_by="pageSize")
_LISTED = Listing(api=refusal.DIRECTORY, name="chromeosdevices", sized_by="maxResults")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some of a list, and the token of what follows; empty where this is the end."""

    entries: list[Reply]
    next_token: str


@dataclass(slots=True)
class Service:
    """Google, as a service account sees it. Every question may raise GoogleRefusedError, ComeBackLaterError, OSError.

    `requests` counts what was asked.
    """

    account: Account
    endpoints: Endpoints = field(default_factory=Endpoints)
    requests: int = 0
    _connections: Connections = field(default_factory=Connections)
    _sizes: dict[str, int] = field(default_factory=dict)
    _sign_in: "SignIn | None" = None

    def devices(self, *, since: datetime, page: str = "", size: int = TELEMETRY_PAGE) -> Page:
        """Telemetry of the Chromebooks that reported since then."""
        return self._telemetry_of(READ_MASK, DEVICE_FIELDS, since, page, size)

    def starts(self, *, since: datetime, page: str = "") -> Page:
        """The same, but their starts alone: for a long time back all else would be far more than anybody needs."""
        return self._telemetry_of(STARTS_MASK, STARTS_FIELDS, since, page, TELEMETRY_PAGE)

    def crashes(self, *, since: datetime) -> Iterator[Reply]:
        """Every crash event since then."""
        asked = {
            "readMask": "device,os_crash_event",
            "fields": EVENT_FIELDS,
            "filter": f'event_type="OS_CRASH" AND timestamp>="{_rfc3339(since)}"',
        }
        page = Page(entries=[], next_token="")
        while True:
            asked["pageToken"] = page.next_token
            page = self._page(_EVENTS, f"{self._telemetry}/events", asked, TELEMETRY_PAGE)
            yield from page.entries
            if not page.next_token:
                return

    def listed(self, *, page: str = "", size: int = DIRECTORY_PAGE) -> Page:
        """The directory's Chromebooks."""
        asked = {
            "projection": "FULL",
            "fields": f"nextPageToken,chromeosdevices({','.join(FIELDS)})",
            "pageToken": page,
        }
        path = (
            f"{self.endpoints.directory}/admin/directory/v1/customer/{quote(self.account.customer)}/devices/chromeos"
        )
        return self._page(_LISTED, path, asked, size)

    def sign_in(self, *, is_fresh: bool = False) -> str:
        """A token of this account. Raises ConfigError where google-auth is not installed."""
        if self._sign_in is None:
            try:
                from rollcall_agent.bridges.google.sign_in import SignIn  # noqa: PLC0415  # an extra; see above
            except ModuleNotFoundError as error:
                raise ConfigError(
                    "google-auth is not installed here: install the agent as 'rollcall-agent[google]'"
                ) from error
            self._sign_in = SignIn(self.account.key, SCOPES, self._connections.send)
        return self._sign_in.token(is_fresh=is_fresh)

    def close(self) -> None:
        """Let go of the connections."""
        self._connections.close()

    @property
    def google_now(self) -> datetime | None:
        """Google's own clock at the last answer."""
        return self._connections.there_now

    @property
    def _telemetry(self) -> str:
        return f"{self.endpoints.telemetry}/v1/customers/{quote(self.account.customer)}/telemetry"

    def _telemetry_of(self, mask: str, fields: str, since: datetime, page: str, size: int) -> Page:
        asked = {
            "readMask": mask,
            "fields": f"nextPageToken,devices({fields})",
            "filter": f'reports_timestamp>="{_rfc3339(since)}"',
            "pageToken": page,
        }
        return self._page(_DEVICES, f"{self._telemetry}/devices", asked, size)

    def _page(self, listing: Listing, url: str, asked: Mapping[str, str], size: int) -> Page:
        """One page, and one of half the size where that was too long; what follows is asked for alike."""
        size = min(size, self._sizes.get(listing.name, size))
        query = urlencode({key: value for key, value in asked.items() if value} | {listing.sized_by: str(size)})
        try:
            read = json.loads(self._ask(listing.api, f"{url}?{query}"))
        except AnswerTooLongError:
            if size == 1:
                raise
            self._sizes[listing.name] = size // 2
            return self._page(listing, url, asked, size)
        except RecursionError as error:
            raise ValueError(f"{listing.api}: the answer is nested beyond all measure") from error
        following = read.get("nextPageToken")
        if following and following == asked["pageToken"]:
            raise ValueError(f"{listing.api}: a page of {listing.name} leads to itself")
        return Page(entries=parts(read, listing.name), next_token=following if isinstance(following, str) else "")

    def _ask(self, api: str, url: str) -> bytes:
        if self.requests >= REQUESTS_MAX:
            self.requests = 0
            raise ComeBackLaterError("this round has asked Google enough for a minute", seconds=REST_SECONDS)
        status, headers, body = self._get(url, is_fresh=False)
        if status == refusal.UNSIGNED:  # a token may be withdrawn before its time
            status, headers, body = self._get(url, is_fresh=True)
        if status == _OK:
            return body
        found = refusal.read_refusal(status, body)
        says = refusal.explain(found, api, self.account.email)
        waits = headers.get("retry-after", "")
        if found.is_busy and waits.isdecimal():
            raise ComeBackLaterError(says, seconds=min(max(float(waits), WAIT_SECONDS_LEAST), WAIT_SECONDS_MAX))
        raise GoogleRefusedError(status=status, reason=found.reason, says=says)

    def _get(self, url: str, *, is_fresh: bool) -> tuple[int, Mapping[str, str], bytes]:
        headers = {
            "authorization": f"Bearer {self.sign_in(is_fresh=is_fresh)}",
            "accept": "application/json",
            "accept-encoding": "gzip",
            "user-agent": "rollcall-agent (gzip)",  # Google packs only for who says it twice
        }
        self.requests += 1
        return self._connections.send("GET", url, None, headers)


def _rfc3339(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
