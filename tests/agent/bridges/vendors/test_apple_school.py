"""Apple School Manager: a signed question, every page, each iPad's cover; and a list that the collector takes in."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth import jwt

from rollcall_agent.bridges.vendors import apple_school
from rollcall_agent.bridges.vendors.apple_school import BRIDGE, covered_until
from rollcall_agent.bridges.vendors.apple_sign_in import ASSERTION, AUDIENCE
from rollcall_agent.bridges.vendors.listed import read_settings
from rollcall_agent.cli.places import show_places
from rollcall_agent.errors import ConfigError
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster.importing import import_roster
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.tables import devices
from tests.support.agents import ask
from tests.support.identities import new_store
from tests.support.ipads.posts import serial_of
from tests.support.ipads.vendored import Vendored
from tests.support.stand_ins.vendor_service import Asked, Reply, VendorService, vendor_service

KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
CLIENT, KEY_ID = "SCHOOLAPI.0123", "4567"
DEVICE_FIELDS = {
    "serialNumber", "addedToOrgDateTime", "releasedFromOrgDateTime", "updatedDateTime", "deviceModel", "productFamily",
    "productType", "deviceCapacity", "partNumber", "orderNumber", "color", "status", "orderDateTime", "imei", "meid",
    "eid", "wifiMacAddress", "bluetoothMacAddress", "ethernetMacAddress", "purchaseSourceId", "purchaseSourceType",
    "assignedServer", "appleCareCoverage",
}  # fmt: skip
"""What `fields[orgDevices]` may name, as Apple documents it; below the same of a cover."""
COVER_FIELDS = {
    "agreementNumber", "contractCancelDateTime", "description", "endDateTime", "isCanceled", "isRenewable",
    "paymentType", "startDateTime", "status",
}  # fmt: skip
PAGE, COUNT = 3, 7


def device(number: int) -> dict[str, Any]:
    told = {
        "serialNumber": serial_of(number),
        "productFamily": "Mac" if number == 5 else "iPad",
        "productType": "iPad12,1",
        "orderDateTime": "2023-08-15T07:00:00Z",
        "releasedFromOrgDateTime": "2025-06-01T15:33:54.164Z" if number == 6 else None,
    }
    return {"type": "orgDevices", "id": serial_of(number), "attributes": told}


def cover(ends: str | None, **more: Any) -> dict[str, Any]:
    told = {"endDateTime": ends, "isCanceled": False, "contractCancelDateTime": None}
    return {"type": "appleCareCoverage", "id": "1", "attributes": told | more}


def answer(asked: Asked) -> Reply:
    if asked.path == "/auth/oauth2/token":
        assert (asked.method, asked.body["grant_type"]) == ("POST", "client_credentials")
        assert (asked.body["client_assertion_type"], asked.body["scope"]) == (ASSERTION, "school.api")
        claims = jwt.decode(asked.body["client_assertion"], certs={KEY_ID: PUBLIC}, audience=AUDIENCE)
        assert claims["iss"] == claims["sub"] == asked.body["client_id"] == CLIENT
        assert claims["exp"] - claims["iat"] <= 180 * 86_400
        return 200, {}, {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600}
    assert (asked.method, asked.headers["authorization"]) == ("GET", "Bearer a-token")
    if asked.path == "/v1/orgDevices":
        assert set(asked.query) <= {"fields[orgDevices]", "limit", "cursor"}
        assert set(asked.query["fields[orgDevices]"][0].split(",")) <= DEVICE_FIELDS
        assert 1 <= int(asked.query["limit"][0]) <= 1_000
        first = int(asked.query.get("cursor", ["0"])[0])
        paging = {"limit": PAGE, **({"nextCursor": str(first + PAGE)} if first + PAGE < COUNT else {})}
        found = [device(number) for number in range(first, min(COUNT, first + PAGE))]
        return 200, {}, {"data": found, "links": {"next": "https://elsewhere.example/"}, "meta": {"paging": paging}}
    serial = asked.path.removeprefix("/v1/orgDevices/").removesuffix("/appleCareCoverage")
    assert set(asked.query["fields[appleCareCoverage]"][0].split(",")) <= COVER_FIELDS
    covers = [] if serial == serial_of(3) else [cover("2024-08-15T00:00:00Z"), cover("2026-08-14T00:00:00Z")]
    return 200, {}, {"data": covers}


@pytest.fixture
def service() -> Iterator[VendorService]:
    with vendor_service(answer) as running:
        yield running


@pytest.fixture
def school(tmp_path: Path, service: VendorService) -> Vendored:
    found = Vendored(bridge=BRIDGE, folder=tmp_path / "bridges/apple-school")
    found.folder.mkdir(parents=True)
    found.set_up(PEM, url=service.url, sign_in_url=service.url, client_id=CLIENT, key_id=KEY_ID)
    return found


def test_orders_and_cover_become_a_list_that_the_collector_takes_in_for_its_judge(
    school: Vendored, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = new_store(tmp_path)
    with engine.begin() as connection:
        known = [{"device_id": f"d-{n}", "serial_number": serial_of(n), "platform": "ipados"} for n in range(COUNT)]
        connection.execute(sa.insert(devices), known)

    status = show_places(BRIDGE, school.folder)
    import_roster(
        engine,
        Scope.all(),
        (school.folder / "places.csv").read_bytes(),
        new_site=NewSite(zone="UTC"),
        is_dry_run=False,
    )

    shown = capsys.readouterr().out
    assert status == 0
    assert "purchased_on  5 devices, 0 without" in shown
    assert "warranty_until  4 devices, 1 without" in shown
    bought, covered = (to_day(date.fromisoformat(one)) for one in ("2023-08-15", "2026-08-14"))
    with engine.connect() as connection:
        asked = sa.select(devices.c.purchased_on, devices.c.warranty_until).order_by(devices.c.device)
        found = [tuple(row) for row in connection.execute(asked)]
    assert found == [
        *([(bought, covered)] * 3), (bought, None), (bought, covered), (None, None), (None, None),
    ]  # fmt: skip
    engine.dispose()


def test_where_it_is_too_much_it_waits_as_long_as_apple_says(school: Vendored, service: VendorService) -> None:
    service.replies += [
        (200, {}, {"access_token": "a-token"}),
        (429, {"retry-after": "0"}, {}),
        (429, {"retry-after": "0"}, {}),
    ]

    found = list(apple_school.listed(read_settings(apple_school.VENDOR, school.folder)))

    assert len(found) == 5


@pytest.mark.parametrize(
    ("covers", "until"),
    [
        ([], None),
        ([cover(None)], None),  # a subscription runs until somebody ends it
        (
            [cover("2027-01-01T00:00:00Z", isCanceled=True, contractCancelDateTime="2025-03-01T00:00:00Z")],
            date(2025, 3, 1),
        ),
        ([cover("2025-01-01T00:00:00Z"), cover("2024-01-01T00:00:00Z")], date(2025, 1, 1)),
    ],
)
def test_what_covers_it_longest_counts(covers: list[dict[str, Any]], until: date | None) -> None:
    assert covered_until({"data": covers}) == until


def test_a_key_that_is_none_says_where_it_comes_from(school: Vendored) -> None:
    (school.folder / "apple-school.key").write_text("not a key at all")

    with pytest.raises(ConfigError, match="the file there that Apple gave"):
        show_places(BRIDGE, school.folder)
    assert "the file there that Apple gave" in school.checks()[-1].way_out


def test_it_is_checked_without_an_identity_and_not_run(school: Vendored, tmp_path: Path) -> None:
    checked, run = ask("bridge", tmp_path, "apple-school", "--check"), ask("bridge", tmp_path, "apple-school")

    assert (checked.returncode, "its list is read" in checked.stdout) == (0, True)
    assert run.returncode == 1
    assert "has nothing to tell by itself: 'rollcall-agent bridge apple-school --places'" in run.stderr
