"""One device that floods costs the others next to nothing, whichever broker carries it, and is named and cut off."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rollcall_collector.identity.credentials import hash_password
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.put_off import list_put_off
from rollcall_collector.store.tables import publishers
from tests.support.brokers.either import BROKERS
from tests.support.brokers.mosquitto import free_port
from tests.support.faults.flooding import KINDS, flooding
from tests.support.faults.going_up import Running, running_verb
from tests.support.faults.probing import Probe, probing, quantile
from tests.support.identities import NOW, new_store
from tests.support.listening import device_id, enroll
from tests.support.require import require
from tests.support.wait import wait_for

PASSWORD = "device-password"
HONEST = 4
WAIT_SECONDS = 1.0


@contextmanager
def _up(folder: Path, broker: str, devices: int) -> Iterator[tuple[Running, int]]:
    """`rollcall up` with so many devices that may speak; the port of its broker."""
    if broker == "mosquitto":
        require("mosquitto")
    folder.mkdir(exist_ok=True)
    engine = new_store(folder)
    enroll(engine, devices)
    with engine.begin() as connection:
        connection.execute(publishers.update().values(secret_hash=hash_password(PASSWORD)))
    engine.dispose()
    port = free_port()
    settings = {"ROLLCALL_BROKER__KIND": broker, "ROLLCALL_BROKER__PORT": str(port), "ROLLCALL_WEB__PORT": "0"}
    with running_verb(folder, "up", "--without-agent", settings=settings) as running:
        running.wait_until_it_says("Rollcall is up")
        running.wait_until_it_says("broker.connected")
        yield running, port


def _credentials(first: int, count: int) -> list[tuple[str, str]]:
    return [(device_id(number), PASSWORD) for number in range(first, first + count)]


def _tell(capsys: Any, what: str, quiet: Sequence[Probe], flooded: Sequence[Probe]) -> None:
    before, during = ([wait for one in probes for wait in one.waits()] for probes in (quiet, flooded))
    with capsys.disabled():
        print(
            f"\n{what}: p99 of acks {quantile(before, 0.99):.3f} s alone, {quantile(during, 0.99):.3f} s flooded "
            f"(median {quantile(before, 0.5):.3f}, {quantile(during, 0.5):.3f}; {len(during)} reports)",
            end="",
        )
    assert quantile(during, 0.99) <= WAIT_SECONDS


def _flood(capsys: Any, folder: Path, broker: str, kinds: Sequence[str], seconds: float) -> None:
    with _up(folder, broker, HONEST + len(kinds)) as (_, port):
        honest, bad = _credentials(1, HONEST), _credentials(1 + HONEST, len(kinds))
        with probing(port, honest) as quiet:
            _pass(quiet, min(seconds, 5))

        with flooding(port, bad, kinds, seconds * 2), probing(port, honest) as flooded:
            _pass(flooded, seconds, first=1)

        _tell(capsys, f"{broker}, {len(kinds)} x {'/'.join(sorted({*kinds}))}", quiet, flooded)


def _pass(probes: Sequence[Probe], seconds: float, *, first: int = 1) -> None:
    reports = int(seconds * 4)
    wait_for(lambda: len(probes[0].waits()) >= reports, seconds=seconds + 30, what=f"{reports} reports told")


@pytest.mark.parametrize("broker", BROKERS)
def test_one_flooding_device_delays_no_other(broker: str, tmp_path: Path, capsys: Any) -> None:
    _flood(capsys, tmp_path, broker, ["tiny"], 6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("broker", BROKERS)
def test_whatever_a_device_floods_with_for_a_minute_no_other_waits_a_second(
    broker: str, kind: str, tmp_path: Path, capsys: Any
) -> None:
    _flood(capsys, tmp_path, broker, [kind], 60)


@pytest.mark.slow
@pytest.mark.parametrize("broker", BROKERS)
def test_ten_flooding_devices_delay_no_other(broker: str, tmp_path: Path, capsys: Any) -> None:
    _flood(capsys, tmp_path, broker, [KINDS[number % len(KINDS)] for number in range(10)], 60)


@pytest.mark.parametrize("broker", BROKERS)
def test_who_floods_on_is_named_cut_off_and_let_in_again_with_nothing_lost(broker: str, tmp_path: Path) -> None:
    with _up(tmp_path, broker, 1) as (_, port):
        engine = new_store(tmp_path)
        flooder = _credentials(1, 1)

        with flooding(port, flooder, ["epochs"], 90):

            def cut() -> bool:
                with engine.connect() as connection:
                    return any(one.is_cut for one in list_put_off(connection, Scope.all(), since=NOW))

            wait_for(cut, seconds=80, what="the flooder cut off")
        with engine.connect() as connection:
            [named] = list_put_off(connection, Scope.all(), since=NOW)
        engine.dispose()

    assert named.publisher == flooder[0][0]
    assert named.not_read > 0
