"""What is packed for somebody who helps names no person, place or device and holds no secret."""

import json
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from rollcall_collector.cli import main
from rollcall_collector.store.tables import carts, devices, people, publishers, sites
from tests.support.fleets import seed
from tests.support.identities import new_store

SECRETS = ("influx-secret-9", "mqtt-secret-8", "sqlite-secret-7", "hunter2")


def test_the_bundle_tells_what_helps_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    engine = new_store(folder)
    seed.seed_district(engine, has_record=False)
    seed.sign_in(engine, "Ada Lovelace", "admin")
    (tmp_path / "influx").write_text(SECRETS[0])
    monkeypatch.setenv("ROLLCALL_FOLDER", str(folder))
    monkeypatch.setenv("ROLLCALL_BROKER__PASSWORD", SECRETS[1])
    monkeypatch.setenv("ROLLCALL_MIRROR__URL", "http://influx.north.example:8086")
    monkeypatch.setenv("ROLLCALL_MIRROR__TOKEN_FILE", str(tmp_path / "influx"))
    columns = (devices.c.device_id, devices.c.serial_number, devices.c.asset_tag, sites.c.name, publishers.c.name)
    with engine.connect() as connection:
        named = [
            name for one in (*columns, people.c.name, carts.c.name) for (name,) in connection.execute(sa.select(one))
        ]
    engine.dispose()
    log = tmp_path / "collector.log"
    told = "\n".join(f"report.refused publisher={name} site='{name}'" for name in named)
    log.write_text(
        f'{told}\nfrom 10.1.2.3 by ada@north.example password={SECRETS[3]} "token": "{SECRETS[0]}"\n'
        f"postgresql://rollcall:{SECRETS[2]}@db.north.example/rollcall\nbatch.kept messages=7\n"
    )

    ended = main(["support", str(tmp_path / "support.zip"), "--log", str(log)])
    again = main(["support", str(tmp_path / "support.zip")])

    with zipfile.ZipFile(tmp_path / "support.zip") as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = "\n".join(files.values())
    capsys.readouterr()
    assert (ended, again) == (0, 2)
    assert set(files) == {"release.json", "settings.json", "counts.json", "parts.json", "log.txt"}
    assert [name for name in named if name and len(name) > 1 and name in whole] == []
    assert [one for one in (*SECRETS, "10.1.2.3", "ada@", "north.example", str(tmp_path)) if one in whole] == []
    assert json.loads(files["counts.json"])["rows"]["devices"] == 78
    assert json.loads(files["settings.json"])["mirror"]["url"] == "(set)"
    assert "batch.kept messages=7" in files["log.txt"]
