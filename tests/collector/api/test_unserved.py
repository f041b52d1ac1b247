"""A share of the fleet that no ingest serves is named to people and to programs, with the way out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from rollcall_collector.cli.doctor import examine
from rollcall_collector.config import CollectorSettings
from rollcall_collector.store.parts.runs import PartRun, note_part
from tests.support.browsing import serving
from tests.support.fleets.seed import NOW
from tests.support.reading import heading_of, read_page, words_of


def test_a_share_that_nobody_serves_is_on_the_page_in_the_metrics_and_in_the_api(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token")
    with serving(tmp_path, has_record=False, metrics_token_file=tmp_path / "token") as served:
        with served.engine.begin() as connection:
            for share, ago in (("1/3", 10), ("2/3", 300), ("3/3", 0)):
                at = NOW - timedelta(seconds=ago)
                note_part(connection, PartRun(part=f"ingest/{share}", began_at=at, noted_at=at, told={}))

        html = read_page(served, "/health")
        bearer = {"authorization": "Bearer a-token"}
        metrics = httpx.get(f"{served.url}/metrics", headers=bearer, timeout=20).text
        told = httpx.get(f"{served.url}/api/v1/health", cookies=served.cookie("viewer"), timeout=20).json()

    assert heading_of(html) == "Nobody hears some of the devices"
    assert "2/3: rollcall ingest --share 2/3" in words_of(html)
    found = [line for line in metrics.splitlines() if line.startswith("rollcall_ingest_served{")]
    assert sorted(found) == [f'rollcall_ingest_served{{share="{one}/3"}} {float(one != 2)}' for one in (1, 2, 3)]
    assert told["shares_unserved"] == ["2/3"]


@pytest.mark.parametrize("is_any_served", [False, True])
def test_doctor_names_it_as_a_trouble_where_others_run_and_as_a_hint_where_none_does(
    is_any_served: bool, tmp_path: Path
) -> None:
    settings = CollectorSettings(folder=tmp_path)
    with serving(tmp_path, is_seeded=False) as served, served.engine.begin() as connection:
        at = datetime.now(UTC) if is_any_served else NOW
        note_part(connection, PartRun(part="ingest/1/2", began_at=at, noted_at=at, told={}))

    found = {one.what: one for one in examine(settings) if one.what.startswith("ingest")}

    lacking = found["ingest 2/2: nobody hears its devices; they keep their reports"]
    assert "start 'rollcall ingest --share 2/2'" in lacking.way_out
    assert lacking.is_hint is not is_any_served
    assert ("ingest 1/2: hears its devices" in found) is is_any_served
