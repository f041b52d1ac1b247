"""A broker that is behind with its answers is there; one that brings nothing at all is gone."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from rollcall_collector.ingest import listen
from rollcall_collector.ingest.listen import BrokerAddress
from rollcall_collector.store.parts.share import Share

_CONNACK, _SUBACK, _PINGREQ = b"\x20\x02\x00\x00", b"\x90\x04\x00\x01\x01\x01", b"\xc0\x00"
_REPORT = b"\x32\x0d\x00\x07r/a/b/c\x00\x01{}"
_SILENCE_SECONDS = 0.4


class _BusyBroker:
    """Lets one client in, then brings report after report and never the answer to a ping, until it is told to stop."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.said = b""
        self.is_bringing = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        client, _ = self._server.accept()
        with client:
            client.recv(1024)
            client.sendall(_CONNACK)
            client.recv(1024)
            client.sendall(_SUBACK)
            client.settimeout(0.01)
            while True:
                try:
                    heard = client.recv(1024)
                    if not heard:
                        return
                    self.said += heard
                except TimeoutError:
                    pass
                if self.is_bringing:
                    client.sendall(_REPORT)

    def close(self) -> None:
        self._server.close()
        self._thread.join(5)


@pytest.fixture
def broker() -> Iterator[_BusyBroker]:
    found = _BusyBroker()
    yield found
    found.close()


def _turn_for(session: listen._Session, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        session.turn(0.02)


def test_a_broker_whose_answer_waits_behind_its_reports_is_not_left_until_it_falls_silent(
    broker: _BusyBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "PING_SECONDS", 0.1)
    monkeypatch.setattr(listen, "SILENCE_SECONDS", _SILENCE_SECONDS)
    address = BrokerAddress(host="127.0.0.1", port=broker.port, user="us", password=None)
    session = listen._Session(address, Share())
    session.open(["r/+/+/c"])

    _turn_for(session, 4 * _SILENCE_SECONDS)
    broker.is_bringing = False

    assert session.is_subscribed
    assert len(session.lane.arrived) > 5
    assert broker.said.count(_PINGREQ) > 2
    with pytest.raises(ConnectionError, match="does not answer"):
        _turn_for(session, 20 * _SILENCE_SECONDS)
    session.close()
