"""`rollcall mirror` and `rollcall doctor` say how the copy stands, and the way out where it does not."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollcall_collector.cli import main
from rollcall_collector.store.mirror_outbox import Dropped, put_lines
from rollcall_collector.store.parts.mirror import MirrorState, keep_state
from tests.support.brokers.mosquitto import free_port
from tests.support.identities import new_store


def test_what_waits_what_was_dropped_and_what_is_wrong_is_said_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    engine = new_store(folder)
    now = datetime.now(UTC)
    earlier = now - timedelta(hours=2)
    dropped = Dropped(lines=7, first_at=earlier, last_at=now)
    trouble = "InfluxDB does not take the token (401): give mirror.token_file a token that may write to the bucket"
    state = MirrorState(since_at=earlier).sent(90, 3, "field type conflict", earlier).dropped(dropped)
    with engine.begin() as connection:
        put_lines(connection, ["cart,kind=A ready=1i 1"] * 4, earlier)
        keep_state(connection, state.hindered(trouble, now, now), now)
    engine.dispose()
    monkeypatch.setenv("ROLLCALL_FOLDER", str(folder))

    unset = main(["mirror", "rebuild"])
    unset_said = capsys.readouterr().err
    monkeypatch.setenv("ROLLCALL_MIRROR__URL", f"http://127.0.0.1:{free_port()}")
    shown = main(["mirror", "status"])
    text = capsys.readouterr().out
    main(["mirror", "status", "--json"])
    told = json.loads(capsys.readouterr().out)
    examined = main(["doctor"])
    doctor = capsys.readouterr().out

    assert (unset, shown, examined) == (2, 1, 1)
    assert "set mirror.url" in unset_said
    for words in ("4 lines", "90 lines", "3 lines, the last because: field type conflict", "7 lines", trouble):
        assert words in text
    assert "rollcall mirror rebuild" in text
    assert (told["waiting"]["lines"], told["state"]["refused_lines"]) == (4, 3)
    assert told["lag_seconds"] == pytest.approx(7_200, abs=600)
    assert f"trouble  mirror: {trouble}" in doctor
