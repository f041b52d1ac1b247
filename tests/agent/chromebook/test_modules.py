"""The extension's pure modules by Node's own test runner, held against what Python says of the same values."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zlib import crc32

from rollcall_wire import Ack, SchoolHours
from rollcall_wire.encoding import encode, plain
from rollcall_wire.privacy import coarsen, is_school_time
from rollcall_wire.topics import topic
from tests.support.require import ROOT, require

TESTS = Path(__file__).parent / "modules"
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Africa/Cairo",
    "America/Asuncion",
    "Pacific/Apia",
)


def test_modules_do_what_the_agent_does(tmp_path: Path) -> None:
    node = require("node")
    vectors = tmp_path / "vectors.json"
    vectors.write_text(
        json.dumps({"topics": _topics(), "instants": _instants(), "acks": _acks(), "golden": _golden()})
    )

    ran = subprocess.run(
        [node, "--test", *sorted(TESTS.glob("*.test.js"))],
        env={**os.environ, "VECTORS": str(vectors)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stdout[-6_000:]
    assert "# fail 0" in ran.stdout
    assert "# pass 0" not in ran.stdout


def _golden() -> dict[str, list[str]]:
    """Every ack and all settings that were ever released."""
    folder = ROOT / "tests" / "wire" / "golden"
    return {
        kind: [path.read_text() for path in sorted(folder.glob(f"*/{kind}*.json"))] for kind in ("ack", "settings")
    }


def _topics() -> list[tuple[str, str]]:
    names = [*(f"d-{crc32(bytes([number])):012x}" for number in range(60)), "größe"]
    return [(name, topic(name, "reports")) for name in names]


def _instants() -> list[dict[str, object]]:
    """Ordinary instants, and those about each change of the clock, midnight ones (Cairo, Asunción) among them."""
    random = Random(20261129)
    found: list[dict[str, object]] = []
    for zone in ZONES:
        hours = SchoolHours(zone=zone, days=(1, 2, 3, 4, 5), opens_minute=420, closes_minute=1020)
        starts = [
            datetime(2026, month, day, tzinfo=UTC)
            for month in (3, 4, 10, 11)
            for day in (1, 8, 25, 29, 30, 31)
            if month not in {4, 11} or day < 31
        ]
        picked = [one + timedelta(minutes=random.randrange(2_880)) for one in starts for _ in range(5)]
        found += [_told(at, hours) for at in picked]
    return [
        *found,
        *(_told(datetime(2026, 11, 23, 9, tzinfo=UTC), one) for one in (None, SchoolHours(zone="No/Where"))),
    ]


def _told(at: datetime, hours: SchoolHours | None) -> dict[str, object]:
    return {
        "at": at.timestamp(),
        "hours": None if hours is None else plain(hours),
        "isSchool": is_school_time(at, hours),
        "coarse": coarsen(at, hours).isoformat(timespec="seconds"),
    }


def _acks() -> list[str]:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    ack = Ack(epoch="0011223344556677", kept=((1, 3), (5, 5)), refused=((4, "wrong_shape"),), now=now, credit=2.5)
    return [
        encode(ack).decode(),
        encode(Ack(epoch="0011223344556677", kept=(), refused=(), now=now, credit=0.0, is_shared=True)).decode(),
    ]
