"""`rollcall doctor` holds what is kept for pages against the facts, and makes it anew where somebody wrote it by hand."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from rollcall_collector.cli import main
from rollcall_collector.judging.start_bands import refresh_start_bands
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.kept.day_counts import counts_anew, kept_counts
from rollcall_collector.store.tables import day_counts, device_days, presence, start_bands
from tests.support.fleets.kept import day_row, keep_device
from tests.support.identities import new_store
from tests.support.listening import NOW

ON = NOW.date()
_WRONG = (
    (sa.update(day_counts).values(hurt=day_counts.c.hurt + 1), "the counts of"),
    (sa.delete(day_counts).where(day_counts.c.on == to_day(ON)), f"the counts of {ON} are not"),
    (sa.insert(day_counts).values(on=1, site=9, model="X", writer=0, active=1, hurt=0, reports=1), "1970-01-02"),
    (sa.update(start_bands).values(high_seconds=1.5), "the starts of Maple 14 are not"),
    (sa.update(presence).values(level_percent=3.5), "the presence of d-c0, d-c1, d-c2 and 3 others are not"),
    (sa.update(presence).where(presence.c.device == 2).values(is_plugged_in=True), "the presence of d-c1 are not"),
    (sa.delete(presence).where(presence.c.device == 2), "the presence of d-c1 are not"),
    (sa.delete(start_bands).where(start_bands.c.week < to_day(ON) // 7 - 1), "the starts of Maple 14 are not"),
)


@pytest.mark.parametrize(
    ("tampering", "said"), _WRONG, ids=("more", "fewer", "none", "band", "words", "mains", "no words", "no band")
)
def test_a_kept_row_that_somebody_wrote_is_said_and_made_anew(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tampering: sa.sql.dml.UpdateBase,
    said: str,
) -> None:
    engine = new_store(tmp_path)
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path))
    with engine.begin() as connection:
        keys = [keep_device(connection, f"c{number}", site="Oak", model="Maple 14") for number in range(6)]
        told = [
            day_row(key, ON - timedelta(days=back), to_login_seconds_max=20) for key in keys for back in (0, 9, 20)
        ]
        connection.execute(sa.insert(device_days), told)
    refresh_start_bands(engine, ON)
    main(["doctor"])
    before = capsys.readouterr().out

    with engine.begin() as connection:
        connection.execute(tampering)
    status = main(["doctor"])
    found = capsys.readouterr().out
    main(["doctor", "--mend"])
    mended = capsys.readouterr().out

    assert "well     kept for pages" in before
    assert status == 1
    assert "trouble  kept for pages" in found
    assert said in found
    assert "run 'rollcall doctor --mend'" in found
    assert "well     kept for pages" in mended
    with engine.connect() as connection:
        assert kept_counts(connection) == counts_anew(connection) != {}
        assert connection.execute(sa.select(sa.func.count()).select_from(start_bands)).scalar_one() == 3
    engine.dispose()
