"""`--places` shows what the patterns make of a district and writes a list that the collector takes in as it is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rollcall_agent.bridges.google import google_bridge
from rollcall_agent.cli.places import show_places
from rollcall_agent.errors import ConfigError
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster import import_roster
from tests.support.google.chromebooks import Chromebook
from tests.support.google.fake import FakeGoogle, fake_google
from tests.support.google.service_account import write_key
from tests.support.identities import new_store
from tests.support.stand_ins.make_believe_bridge import BRIDGE

NOW = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)
PATTERNS = r"""
[[pattern]]
field = "location"
match = '(?i)cart\s*(?P<cart>\w+)\W+slot\s*(?P<slot>\d+)'

[[pattern]]
field = "org_unit"
match = '^/Schools/(?P<site>[^/]+)'
"""


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with fake_google([Chromebook(number) for number in range(700)], lambda: NOW) as found:
        yield found
        assert found.faults == []


def test_matched_unmatched_and_two_in_one_slot_are_shown_and_written(
    google: FakeGoogle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_key(tmp_path, google.token_uri)
    (tmp_path / "places.toml").write_text(PATTERNS)
    google.fleet = [*google.fleet, Chromebook(2_000, directory={"annotatedLocation": "with Mrs. Smith"})]
    twin = Chromebook(900, directory=google.fleet[7].listed(NOW) | {"deviceId": "twin", "serialNumber": "TWIN00001"})
    google.fleet = [*google.fleet, twin]

    status = show_places(google_bridge(google.endpoints), tmp_path)

    shown = capsys.readouterr().out
    assert status == 0
    assert "matched    701 devices in 24 carts" in shown
    assert "unmatched  1 device\n" in shown
    assert "two in one slot  1 slot\n" in shown
    assert "TWIN00001" in shown
    assert google.count("chromeosdevices") == 3
    rows = (tmp_path / "places.csv").read_text().splitlines()
    assert rows[0] == "serial_number,site,cart,slot,purchased_on,warranty_until,support_until"
    assert "5CD0000008Q,Elm,0,5,,,2032-06-01" in rows
    assert "TWIN00001,Oak,0,,,,2032-06-01" in rows


def test_the_list_is_taken_in_as_it_is(google: FakeGoogle, tmp_path: Path) -> None:
    write_key(tmp_path, google.token_uri)
    (tmp_path / "places.toml").write_text(PATTERNS)
    show_places(google_bridge(google.endpoints), tmp_path)
    engine = new_store(tmp_path)

    report = import_roster(
        engine, Scope.all(), (tmp_path / "places.csv").read_bytes(), new_site=NewSite(zone="UTC"), is_dry_run=True
    )

    assert report.reading.problems == ()
    assert report.changes is not None
    engine.dispose()


def test_without_patterns_it_says_where_they_belong(google: FakeGoogle, tmp_path: Path) -> None:
    write_key(tmp_path, google.token_uri)

    with pytest.raises(ConfigError, match=r"write patterns into .*places\.toml first"):
        show_places(google_bridge(google.endpoints), tmp_path)


def test_a_bridge_whose_service_knows_no_texts_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the bridge make-believe knows nothing that people wrote"):
        show_places(BRIDGE, tmp_path)
