"""Honest devices that report at an even pace whatever happens, and how long each report waited for its ack."""

import itertools
import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from paho.mqtt import client as mqtt

from rollcall_wire.encoding import decode_ack
from tests.support.listening import RawPublisher, message, vitals

PACE_SECONDS = 0.25


class Probe(RawPublisher):
    """Remembers when each report was told and when its ack came."""

    def begin(self) -> None:
        self._told: dict[int, float] = {}
        self.waited: dict[int, float] = {}

    def tell(self, seq: int) -> None:
        self._told[seq] = time.monotonic()
        self.send(message(self.name, [vitals(seq, self.name)]))

    def waits(self) -> list[float]:
        """Seconds each report waited; infinite where no ack came."""
        return [self.waited.get(seq, math.inf) for seq in self._told]

    def _hear(self, _client: Any, _userdata: Any, heard: mqtt.MQTTMessage) -> None:
        now = time.monotonic()
        if heard.topic.endswith("/acks"):
            for first, last in decode_ack(bytes(heard.payload)).kept:
                for seq in range(first, last + 1):
                    self.waited.setdefault(seq, now - self._told[seq])


@contextmanager
def probing(port: int, credentials: Sequence[tuple[str, str]]) -> Iterator[list[Probe]]:
    """So many honest devices, each telling four reports a second until the block ends, and then until all are acked."""
    stop = threading.Event()
    with ExitStack() as stack:
        probes = [Probe(host="127.0.0.1", port=port, name=name, password=password) for name, password in credentials]
        for one in probes:
            one.begin()
            stack.enter_context(one)

        def speak() -> None:
            for seq in itertools.count(1):
                for one in probes:
                    one.tell(seq)
                if stop.wait(PACE_SECONDS):
                    return

        thread = threading.Thread(target=speak)
        thread.start()
        try:
            yield probes
        finally:
            stop.set()
            thread.join(10)
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and any(math.inf in one.waits() for one in probes):
                stop.wait(0)
                time.sleep(0.05)


def quantile(waits: Sequence[float], share: float) -> float:
    """The wait that so large a share of them does not exceed."""
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]
