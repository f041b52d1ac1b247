"""Asks Google's two interfaces over plain HTTPS, page by page, reads only, and takes a no as what it means."""

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from rollcall_agent.bridges.google import refusal
from rollcall_agent.bridges.google.account import Account
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
READ_MASK = (
    "device_id,serial_number,boot_performance_report,battery_info,battery_status_report,cpu_status_report,storage_info"
)
DEVICE_FIELDS = (
    "nextPageToken,devices(deviceId,serialNumber,bootPerformanceReport,batteryInfo(designCapacity,designMinVoltage,"
    "serialNumber),batteryStatusReport(batteryHealth,cycleCount,fullChargeCapacity,reportTime,serialNumber,sample("
    "remainingCapacity,reportTime,status)),cpuStatusReport(reportTime,cpuTemperatureInfo),storageInfo("
    "availableDiskBytes))"
)
EVENT_FIELDS = "nextPageToken,telemetryEvents(eventType,reportTime,device(deviceId),osCrashEvent(crashId,crashType))"
REQUESTS_MAX = 300
"""So many requests a round at most, then a minute of rest: an eighth of the directory's quota of 2,400 a minute."""
REST_SECONDS = 60.0
SECONDS = 60.0
ANSWER_BYTES_MAX = 64 << 20
_OK = 200
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """Where Google is."""

    telemetry: str = "https://chromemanagement.googleapis.com"
    directory: str = "https://admin.googleapis.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some of a list, and the token of what follows; empty where this is the end."""

    entries: list[Reply]
    next_token: str


@dataclass(slots=True)
class Service:
    """Google, as a service account sees it. Every question may raise GoogleRefusedError, ComeBackLaterError, OSError.

    `requests` counts what was asked, `google_now` is Google's own clock at the last answer.
    """

    account: Account
    endpoints: Endpoints = field(default_factory=Endpoints)
    requests: int = 0
    google_now: datetime | None = None
    _connections: dict[str, http.client.HTTPConnection] = field(default_factory=dict)
    _sign_in: "SignIn | None" = None

    def devices(self, *, since: datetime, page: str = "", size: int = TELEMETRY_PAGE) -> Page:
        """Telemetry of the Chromebooks that reported since then."""
        asked = {
            "readMask": READ_MASK,
            "fields": DEVICE_FIELDS,
            "filter": f'reports_timestamp>="{_rfc3339(since)}"',
            "pageSize": str(size),
        }
        return self._page(refusal.TELEMETRY, f"{self._telemetry}/devices", asked, page, "devices")

    def crashes(self, *, since: datetime) -> Iterator[Reply]:
        """Every crash event since then."""
        asked = {
            "readMask": "device,os_crash_event",
            "fields": EVENT_FIELDS,
            "filter": f'event_type="OS_CRASH" AND timestamp>="{_rfc3339(since)}"',
            "pageSize": str(TELEMETRY_PAGE),
        }
        page = Page(entries=[], next_token="")
        while True:
            page = self._page(
                refusal.TELEMETRY, f"{self._telemetry}/events", asked, page.next_token, "telemetryEvents"
            )
            yield from page.entries
            if not page.next_token:
                return

    def listed(self, *, page: str = "", size: int = DIRECTORY_PAGE) -> Page:
        """The directory's Chromebooks."""
        asked = {
            "projection": "FULL",
            "fields": f"nextPageToken,chromeosdevices({','.join(FIELDS)})",
            "maxResults": str(size),
        }
        path = (
            f"{self.endpoints.directory}/admin/directory/v1/customer/{quote(self.account.customer)}/devices/chromeos"
        )
        return self._page(refusal.DIRECTORY, path, asked, page, "chromeosdevices")

    def sign_in(self, *, is_fresh: bool = False) -> str:
        """A token of this account. Raises ConfigError where google-auth is not installed."""
        if self._sign_in is None:
            try:
                from rollcall_agent.bridges.google.sign_in import SignIn  # noqa: PLC0415  # an extra; see above
            except ModuleNotFoundError as error:
                raise ConfigError(
                    "google-auth is not installed here: install the agent as 'rollcall-agent[google]'"
                ) from error
            self._sign_in = SignIn(self.account.key, SCOPES, self._send)
        return self._sign_in.token(is_fresh=is_fresh)

    def close(self) -> None:
        """Let go of the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    @property
    def _telemetry(self) -> str:
        return f"{self.endpoints.telemetry}/v1/customers/{quote(self.account.customer)}/telemetry"

    def _page(self, api: str, url: str, asked: Mapping[str, str], page: str, name: str) -> Page:
        query = urlencode({**asked, **({"pageToken": page} if page else {})})
        read = json.loads(self._ask(api, f"{url}?{query}"))
        return Page(entries=parts(read, name), next_token=read.get("nextPageToken", ""))

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
            raise ComeBackLaterError(says, seconds=float(waits))
        raise GoogleRefusedError(status=status, reason=found.reason, says=says)

    def _get(self, url: str, *, is_fresh: bool) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"authorization": f"Bearer {self.sign_in(is_fresh=is_fresh)}", "accept": "application/json"}
        self.requests += 1
        return self._send("GET", url, None, headers)

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        parts = urlsplit(url)
        place, target = f"{parts.scheme}://{parts.netloc}", parts._replace(scheme="", netloc="").geturl()
        try:
            return self._exchange(place, method, target, body, headers)
        except (ConnectionResetError, BrokenPipeError):  # a kept connection that Google let go: once more
            return self._exchange(place, method, target, body, headers)

    def _exchange(
        self, place: str, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        connection = self._connections.setdefault(place, _connect(place))
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            read = response.read(ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            self._connections.pop(place).close()
            if isinstance(error, OSError):
                raise
            raise OSError(f"{place} does not answer as a web server does") from error
        told = {name.lower(): value for name, value in response.headers.items()}
        self.google_now = parsedate_to_datetime(told["date"]) if "date" in told else self.google_now
        return response.status, told, read


def _connect(place: str) -> http.client.HTTPConnection:
    """Private, or this very machine."""
    parts = urlsplit(place)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=ssl.create_default_context())
    if host in _LOOPBACK:
        return http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    raise OSError(f"{place} is not private, and a token would go there: the key's token_uri must be https")


def _rfc3339(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
