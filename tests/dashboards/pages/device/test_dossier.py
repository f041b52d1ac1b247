"""A dossier lays one device's whole case on paper, so that a vendor or an auditor can check every figure."""

import re
from pathlib import Path

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.judged.judgings import last_run
from tests.support.browsing import Served, serving
from tests.support.reading import client_of, read_page, words_of


def _dossier(served: Served, name: str) -> str:
    return words_of(read_page(served, f"/devices/{name}/dossier", "viewer"))


def test_it_says_what_the_device_is_and_what_stands_against_it(served: Served) -> None:
    words = _dossier(served, "CB-07")

    assert "Dossier of CB-07 · made on 24 Nov 2026" in words
    assert "Serial number SNCB0007" in words
    assert "Bought 1 Aug 2023 Price 349 Warranty until 1 Aug 2026 (ended)" in words
    assert "More failures than peers Replace it: 14 incidents" in words
    assert "Incidents seen 14 Expected of its peers 1.9 Days in use 330" in words


def test_every_incident_and_every_failure_stands_with_its_date(served: Served) -> None:
    words = _dossier(served, "CB-07")

    assert "15 incidents" in words
    assert "25 May 2026 Overheating throttled 1" in words
    assert "Mon 25 May, 10:15 overheating: throttled" in words


def test_starts_and_battery_have_their_figures(served: Served) -> None:
    words = _dossier(served, "NB-11")

    assert re.search(r"Nov 2026 1\d [\d.]+ s [\d.]+ s", words)
    assert re.search(r"24 Nov 2026 25\.\d Wh 5\d(\.\d)? % 651", words)
    assert "Microsoft Endpoint analytics: under 60 % of design capacity" in words


def test_it_tells_how_the_figures_were_made_and_from_which_facts(served: Served) -> None:
    words = _dossier(served, "CB-07")
    with served.engine.connect() as connection:
        run = last_run(connection, Scope.all())

    assert run is not None
    assert "less than 72 hours apart" in words
    assert "at most 5 % of the names on the replace list and 20 % of those on the watch list" in words
    assert run.digest in words
    assert "number 1, Tue 24 Nov, 09:40" in words
    assert "rollcall judge --show 1" in words
    assert "Facts up to 24 Nov 2026" in words
    assert re.search(r"Fleet \d+ devices, [\d\u202f]+ incidents, \d+ days on record", words)


def test_decisions_stand_in_it_with_their_outcome(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        with served.engine.connect() as connection:
            flag = next(one for one in list_flags(connection, Scope.all()) if one.device_name == "NB-15")
        decision = {"action": "finish", "outcome": "repaired", "reason": "new board"}
        with client_of(served) as client:
            client.post(f"/flags/{flag.flag}/decisions", data=decision)

        words = _dossier(served, "NB-15")

        assert "More failures than peers: done by Tom: repaired “new board”" in words


def test_the_device_stands_beside_its_peers_as_a_picture_and_in_words(served: Served) -> None:
    for page in ("", "/dossier"):
        html = read_page(served, f"/devices/CB-07{page}")

        said = re.findall(r'<svg class="interval" role="img" aria-label="([^"]*)"', html)
        assert said[0].startswith(
            "all kinds together, disks apart: 14 seen, 1.9 expected, 3.8 times its peers (2.3 to 5.6)"
        )
        assert len(said) == 5
        assert "14 seen, 1.9 expected, 3.8 times its peers (2.3 to 5.6)" in words_of(html)


def test_a_device_that_was_never_heard_is_not_judged_yet(served: Served) -> None:
    words = _dossier(served, "PC-06")

    assert "Not judged yet" in words
    assert "None reported." in words
    assert "No start was measured." in words
