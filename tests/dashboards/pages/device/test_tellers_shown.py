"""Who told of a device, how old that is, and in words when one of two fell silent while the other speaks."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rollcall_collector.store.instants import to_us
from rollcall_collector.store.publishers.identities import add_device, set_credential
from rollcall_collector.store.tables import device_publishers, device_states, publishers
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import read_page, words_of

ME, GOOGLE = "d-0123456789ab", "b-chromeos-0123456789ab"
BOOK, BRIDGE = 1, 2
EXTENSION_SILENT = "Its extension has said nothing for 2 hours, while Google's bridge speaks"
GOOGLE_SILENT = "Google's bridge has said nothing for 2 hours, while its extension speaks"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, is_seeded=False) as running:
        with running.engine.begin() as connection:
            key = add_device(connection, {"device_id": ME, "platform": "chromeos"})
            set_credential(connection, name=ME, device=key, platform=None, secret_hash="$7$", now_us=1)
            set_credential(connection, name=GOOGLE, device=None, platform="chromeos", secret_hash="$7$", now_us=1)
        yield running


def hear(served: Served, *, extension: timedelta, google: timedelta, bridge: timedelta) -> str:
    """The page's words after each was heard so long ago: extension and Google of this device, the bridge of any."""

    def ago(back: timedelta) -> int:
        return to_us(seed.NOW - back)

    told = [(BOOK, ago(extension), 1), (BRIDGE, ago(google), 0)]
    with served.engine.begin() as connection:
        connection.execute(
            device_publishers.insert(),
            [
                {"device": 1, "publisher": one, "last_heard_us": us, "is_first": first, "apart_on": 1}
                for one, us, first in told
            ],
        )
        connection.execute(device_states.insert(), [{"device": 1, "last_heard_us": max(us for _, us, _ in told)}])
        for one, us in ((BOOK, ago(extension)), (BRIDGE, ago(bridge))):
            connection.execute(publishers.update().where(publishers.c.publisher == one).values(last_heard_us=us))
    return words_of(read_page(served, f"/devices/{ME}"))


def test_both_speak_and_each_says_what_it_is_the_evidence_of(served: Served) -> None:
    words = hear(served, extension=timedelta(minutes=5), google=timedelta(hours=3), bridge=timedelta(minutes=20))

    assert "Told by its extension (presence, level, charging), 5 min ago" in words
    assert "Told by Google (start-ups, crashes, battery), today 06:40 (3 hours old)" in words
    assert "has said nothing" not in words


def test_an_extension_silent_for_two_hours_beside_a_fresh_bridge_is_said(served: Served) -> None:
    words = hear(
        served, extension=timedelta(hours=2, minutes=1), google=timedelta(hours=1), bridge=timedelta(minutes=20)
    )

    assert EXTENSION_SILENT in words
    assert GOOGLE_SILENT not in words


def test_a_bridge_silent_for_two_hours_beside_a_fresh_extension_is_said_with_the_way_out(served: Served) -> None:
    words = hear(
        served, extension=timedelta(minutes=5), google=timedelta(hours=5), bridge=timedelta(hours=2, minutes=1)
    )

    assert GOOGLE_SILENT in words
    assert "rollcall-agent bridge google --check" in words
    assert EXTENSION_SILENT not in words


def test_where_both_are_silent_neither_is_blamed(served: Served) -> None:
    words = hear(served, extension=timedelta(hours=9), google=timedelta(hours=9), bridge=timedelta(hours=9))

    assert "has said nothing" not in words


def test_a_word_of_which_only_the_day_is_known_is_not_taken_for_midnight_s(served: Served) -> None:
    midnight = datetime(seed.NOW.year, seed.NOW.month, seed.NOW.day, tzinfo=seed.NOW.tzinfo)

    words = hear(served, extension=seed.NOW - midnight, google=timedelta(hours=3), bridge=timedelta(minutes=5))

    assert "has said nothing" not in words
