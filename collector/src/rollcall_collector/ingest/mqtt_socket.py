"""Stands between paho and its socket: reports and acks pass here in bulk, the rest of MQTT is paho's.

paho reads a publish with four calls and writes an ack with a dozen objects; a collector that drains a district's
backlog spends most of its time there. So this reads as much as the socket has, takes the PUBLISH packets out, and
writes acks as bytes. Everything else (the connection's opening, subscriptions) goes to paho untouched.
"""

import ssl
from collections.abc import Sequence
from typing import Any, NamedTuple
from zlib import crc32

READ_BYTES = 262_144
PACKET_BYTES_MAX = 131_072
"""A longer packet is never held: its start and its CRC-32 are, so that it can be refused by name."""
HEAD_BYTES = 2_048
_PUBLISH, _PUBACK, _KIND = 0x30, 0x40, 0xF0
_PING = b"\xc0\x00"
_QOS, _QOS_1, _RETAIN = 0x06, 0x02, 0x01
_LENGTH_BYTES_MAX = 4
_MID_MAX = 65_535


class Arrived(NamedTuple):
    """One message. The payload of an oversized one is its head only; `size` and `digest` then tell of all of it.

    `is_retained`: the broker held it, who knows how long.
    """

    topic: bytes
    payload: bytes
    mid: int
    size: int = 0
    digest: str = ""
    is_retained: bool = False


class Lane:
    """A socket to paho, a bulk reader and writer to the listener. Never blocks."""

    def __init__(self, wire: Any) -> None:
        self._wire = wire
        self._partial = b""
        self._others = bytearray()
        self._outgoing = bytearray()
        self._skipped: _Skipped | None = None
        self._mid = 0
        self.unconfirmed = 0
        """How many of our messages the broker has not confirmed."""
        self.is_closed = False
        self.arrived: list[Arrived] = []

    # ------------------------------------------------------------------ what paho asks of a socket
    def recv(self, count: int) -> bytes:
        """Bytes that are paho's; b"" once the broker hung up."""
        if not self._others:
            if self.is_closed:
                return b""
            raise BlockingIOError
        taken = bytes(self._others[:count])
        del self._others[:count]
        return taken

    def send(self, content: bytes) -> int:
        """Take everything: a packet of paho's is never half written between two of ours."""
        self._outgoing += content
        return len(content)

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001  # the socket's own signature
        """As the socket's own."""
        self._wire.setblocking(flag)

    def fileno(self) -> int:
        """As the socket's own."""
        return int(self._wire.fileno())

    def close(self) -> None:
        """As the socket's own."""
        self.is_closed = True
        self._wire.close()

    # ------------------------------------------------------------------ what the listener does
    @property
    def has_others(self) -> bool:
        """Whether paho has something to read, be it the end."""
        return bool(self._others) or self.is_closed

    @property
    def waiting_bytes(self) -> int:
        """What the socket has not yet taken."""
        return len(self._outgoing)

    def fill(self) -> None:
        """Read what the socket has, up to a quarter of a megabyte, and take the messages out of it."""
        chunks = [self._partial]
        count = 0
        try:
            while count < READ_BYTES:
                chunk = self._wire.recv(READ_BYTES)
                if not chunk:
                    self.is_closed = True
                    break
                chunks.append(chunk)
                count += len(chunk)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.is_closed = True
        if count:
            known = len(self.arrived)
            self._partial = self._take_apart(b"".join(chunks))
            self._confirm(self.arrived[known:])

    def flush(self) -> None:
        """Write what the socket takes now."""
        try:
            while self._outgoing:
                sent = self._wire.send(self._outgoing)
                del self._outgoing[:sent]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.is_closed = True

    def ping(self) -> None:
        """Ask for a sign of life."""
        self._outgoing += _PING

    def publish(self, topic: bytes, payload: bytes, *, is_retained: bool = False) -> None:
        """Write one message at QoS 1. The broker's PUBACK is only counted: an agent's silence is what matters."""
        self.unconfirmed += 1
        self._mid = self._mid % _MID_MAX + 1
        length = 4 + len(topic) + len(payload)
        self._outgoing += b"%c%s%s%s%s%s" % (
            _PUBLISH | _QOS_1 | (_RETAIN if is_retained else 0),
            _length(length),
            len(topic).to_bytes(2, "big"),
            topic,
            self._mid.to_bytes(2, "big"),
            payload,
        )

    def _confirm(self, messages: Sequence[Arrived]) -> None:
        # At once: the broker is a cache that may forget, only the collector's ack lets a device forget. Held back
        # until the commit, a window of 20 messages (Mosquitto's default) would make every batch that small.
        self._outgoing += b"".join([b"\x40\x02%c%c" % (one.mid >> 8, one.mid & 255) for one in messages if one.mid])

    def _take_apart(self, found: bytes) -> bytes:
        place, end_of_all = 0, len(found)
        if self._skipped is not None:
            place = self._skip(found, 0)
        while end_of_all - place > 1:
            body, length = _read_length(found, place)
            end = body + length
            is_oversized = length > PACKET_BYTES_MAX and found[place] & _KIND == _PUBLISH
            if body == 0 or end_of_all < (body + HEAD_BYTES if is_oversized else end):
                break
            if is_oversized:
                place = self._begin_skip(found, place, body, end)
            else:
                self._sort(found, place, body, end)
                place = end
        return found[place:]

    def _sort(self, found: bytes, place: int, body: int, end: int) -> None:
        kind = found[place] & _KIND
        if kind == _PUBLISH:
            self.arrived.append(_publish(found, place, body, end))
        elif kind == _PUBACK:
            self.unconfirmed -= 1
        else:
            self._others += found[place:end]

    def _begin_skip(self, found: bytes, place: int, body: int, end: int) -> int:
        first = _publish(found, place, body, min(end, len(found)))
        start = min(end, len(found)) - len(first.payload)
        self._skipped = _Skipped(first=first, left=end - start)
        return self._skip(found, start)

    def _skip(self, found: bytes, place: int) -> int:
        skipped = self._skipped
        assert skipped is not None
        part = found[place : place + skipped.left]
        skipped.left -= len(part)
        skipped.size += len(part)
        skipped.crc = crc32(part, skipped.crc)
        if skipped.left == 0:
            self.arrived.append(skipped.whole())
            self._skipped = None
        return place + len(part)


class _Skipped:
    """An oversized message on its way past."""

    __slots__ = ("_first", "crc", "left", "size")

    def __init__(self, *, first: Arrived, left: int) -> None:
        self._first = Arrived(topic=first.topic, payload=first.payload[:HEAD_BYTES], mid=first.mid)
        self.left = left
        self.size = 0
        self.crc = 0

    def whole(self) -> Arrived:
        first = self._first
        return Arrived(first.topic, first.payload, first.mid, size=self.size, digest=f"{self.crc:08x}")


def _publish(found: bytes, place: int, body: int, end: int) -> Arrived:
    after_topic = body + 2 + (found[body] << 8 | found[body + 1])
    topic = found[body + 2 : after_topic]
    if found[place] & _QOS:
        mid = found[after_topic] << 8 | found[after_topic + 1]
        if found[place] & _RETAIN:
            return Arrived(topic, found[after_topic + 2 : end], mid, is_retained=True)
        return Arrived(topic, found[after_topic + 2 : end], mid)
    return Arrived(topic, found[after_topic:end], 0)


def _read_length(found: bytes, place: int) -> tuple[int, int]:
    """Where the packet's body begins and how long it is; a body at 0 means that it cannot be told yet."""
    length = found[place + 1]
    if length < 128:  # noqa: PLR2004  # MQTT: the eighth bit says that another byte follows
        return place + 2, length
    length &= 127
    for step in range(1, _LENGTH_BYTES_MAX):
        if place + 1 + step >= len(found):
            return 0, 0
        byte = found[place + 1 + step]
        length |= (byte & 127) << 7 * step
        if byte < 128:  # noqa: PLR2004  # as above
            return place + 2 + step, length
    raise ConnectionError("the broker sent a packet whose length cannot be read: connecting again")


def _length(count: int) -> bytes:
    if 128 <= count < 16_384:  # noqa: PLR2004  # two bytes: every ack but the largest
        return bytes((count & 127 | 128, count >> 7))
    written = bytearray()
    while True:
        count, low = divmod(count, 128)
        if count == 0:
            written.append(low)
            return bytes(written)
        written.append(low | 128)
