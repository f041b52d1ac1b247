"""What is kept stands in a real VictoriaMetrics, number by number."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.identities import new_store
from tests.support.listening import NOW, boot, enroll, failure, vitals
from tests.support.mirroring.mirrored import Mirrored
from tests.support.mirroring.victoria import Victoria, victoria

pytestmark = pytest.mark.victoriametrics


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victoria]:
    with victoria(tmp_path_factory.mktemp("victoria")) as one:
        yield one


def test_a_kept_fact_is_a_line_in_the_mirror(tmp_path: Path, server: Victoria) -> None:
    engine = new_store(tmp_path)
    (me,) = enroll(engine, 1)
    mirrored = Mirrored(engine, server.url)
    mirrored.tell(
        me,
        boot(1, me, to_login_seconds=12.5, start_kind="full", previous_stop="unclean"),
        failure(2, me, count=3),
        vitals(3, me, is_charging=True),
    )

    mirrored.drain()

    server.flush()
    at = NOW + timedelta(seconds=2)
    found = {
        one["metric"]["__name__"]: (
            {name: told for name, told in one["metric"].items() if name != "__name__"},
            float(one["value"][1]),
        )
        for one in server.ask('{__name__=~"boot_.*|failure_.*|vitals_.*|inventory_.*"}', at)
    }
    tags = {"device": me, "site": "Oak School"}
    assert found == {
        "boot_count": ({**tags, "kind": "full"}, 1.0),
        "boot_unclean": ({**tags, "kind": "full"}, 1.0),
        "boot_to_login_seconds": ({**tags, "kind": "full"}, 12.5),
        "failure_count": ({**tags, "kind": "crash/service_failed"}, 3.0),
        "vitals_battery_level_percent": ({**tags, "kind": "linux"}, 80.0),
        "vitals_is_charging": ({**tags, "kind": "linux"}, 1.0),
        "vitals_storage_free_bytes": ({**tags, "kind": "linux"}, 1e10),
        "inventory_devices": ({**tags, "kind": "linux", "model": "unknown"}, 1.0),
    }
    mirrored.close()
    engine.dispose()
