"""The embedded broker's door: asks for name and password first, measures every packet, shows people out.

amqtt replaces a live session by whoever claims its client id before it looks at the password, and takes packets of any
size; so it gets to see only who passed here, under their own name, one whole packet of bounded size at a time.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import structlog
from amqtt.adapters import BufferReader, ReaderAdapter, StreamWriterAdapter
from amqtt.errors import AMQTTError
from amqtt.mqtt.connack import (
    BAD_USERNAME_PASSWORD,
    NOT_AUTHORIZED,
    UNACCEPTABLE_PROTOCOL_VERSION,
    ConnackPacket,
)
from amqtt.mqtt.connect import ConnectPacket
from amqtt.mqtt.packet import CONNECT

from rollcall_collector.broker.exchange import LISTENER, Exchange
from rollcall_collector.broker.listening import PACKET_BYTES_MAX
from rollcall_collector.identity.credentials import verify_password
from rollcall_collector.identity.speaking import may_say

log = structlog.get_logger(__name__)

_HELLO_SECONDS = 10.0
_HELLO_BYTES_MAX = 4_096
_HEADER_BYTES_MAX = 5
_LEVEL_3_1_1 = 4
_LEVEL_AT = 6  # after the two-byte length and "MQTT"
_LEAVE_SECONDS = 2.0
A_SECOND, AT_ONCE = 100.0, 60.0
"""Packets that one connection may send a second, and at once after a pause: beyond it, nothing of it is read."""


class Pace:
    """How soon a connection is read again. Times are the loop's seconds."""

    def __init__(self, now: float) -> None:
        self._left = AT_ONCE
        self._at = now

    def seconds(self, now: float) -> float:
        """How long to leave the next packet unread; it counts as one."""
        self._left = min(AT_ONCE, self._left + (now - self._at) * A_SECOND) - 1.0
        self._at = now
        return max(0.0, -self._left / A_SECOND)


class PacketReader(ReaderAdapter):  # type: ignore[misc]  # amqtt is untyped
    """Hands amqtt whole packets of bounded size. An empty answer means: the connection is over."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._header = bytearray()  # survives that amqtt gives up waiting in the middle of one
        self._packet = b""
        self._at = 0
        self._pause: Callable[[], Awaitable[None]] | None = None
        self._pace: Pace | None = None
        self._silence_seconds: float | None = None
        self._heard_at = asyncio.get_running_loop().time()

    def replay(
        self, packet: bytes, *, silence_seconds: float | None, pause: Callable[[], Awaitable[None]] | None
    ) -> None:
        """Give this packet first; from then on end after so long a silence, and pause before each packet.

        Who is asked to pause is also held to its pace: the collector alone is not.
        """
        self._packet, self._at = packet, 0
        self._silence_seconds = silence_seconds
        self._pause = pause
        self._pace = Pace(asyncio.get_running_loop().time()) if pause is not None else None

    async def read(self, n: int = -1) -> bytes:
        """The next n bytes of the packet, fetching the next packet if this one is used up."""
        if self._at >= len(self._packet) and n != 0:
            self._packet, self._at = await self._next(), 0
        chunk = self._packet[self._at : self._at + n]
        self._at += n
        return chunk if len(chunk) == n else b""

    async def packet(self, *, bytes_max: int = PACKET_BYTES_MAX) -> bytes:
        """The next whole packet; empty at the end, and where it would be larger than this."""
        while not self._is_header_whole():
            self._header += await self._stream.readexactly(1)
        length = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(self._header[1:]))
        if length > bytes_max:
            log.info("packet.refused", size=length)
            return b""
        body = await self._stream.readexactly(length)
        whole = bytes(self._header) + body
        self._header.clear()
        return whole

    def feed_eof(self) -> None:
        """Nothing more will be read."""
        self._stream.feed_eof()

    def _is_header_whole(self) -> bool:
        header = self._header
        return len(header) >= _HEADER_BYTES_MAX or (len(header) > 1 and not header[-1] & 0x80)

    async def _next(self) -> bytes:
        if self._pause is not None and self._pace is not None:
            await self._pause()
            if seconds := self._pace.seconds(asyncio.get_running_loop().time()):
                await asyncio.sleep(seconds)
                self._heard_at = asyncio.get_running_loop().time()  # it is we who did not listen
        until = None if self._silence_seconds is None else self._heard_at + self._silence_seconds
        try:
            async with asyncio.timeout_at(until):
                found = await self.packet()
        except (asyncio.IncompleteReadError, OSError, TimeoutError):
            return b""
        self._heard_at = asyncio.get_running_loop().time()
        return found


class Entrance:
    """Lets in who has the right password, and shows out who has lost it."""

    def __init__(self, *, exchange: Exchange, collector: str, passwords: Mapping[str, str]) -> None:
        self._exchange = exchange
        self._collector = collector
        self._passwords = passwords
        self._inside: dict[str, asyncio.StreamWriter] = {}
        self._left: dict[str, asyncio.Event] = {}
        self._guests: set[asyncio.Task[None]] = set()

    async def greet(self, stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from its first byte to its last. Never raises: nobody would hear it."""
        task = asyncio.current_task()
        assert task is not None
        self._guests.add(task)
        try:
            await self._serve(PacketReader(stream), writer)
        except (AMQTTError, OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            log.debug("connection.ended", reason=repr(error))
        except Exception as error:  # noqa: BLE001  # the outermost loop of this connection
            log.warning("broker.stumbled", error=repr(error))
        finally:
            self._guests.discard(task)
            writer.transport.abort()

    async def replace(self, passwords: Mapping[str, str]) -> None:
        """From now on these may come in; who is inside with another password, or none any more, is shown out."""
        before, self._passwords = self._passwords, passwords
        for name, writer in list(self._inside.items()):
            if passwords.get(name) != before.get(name):
                log.info("session.cut", publisher=name)
                writer.transport.abort()

    async def close(self) -> None:
        """Show everybody out and wait until they are gone."""
        for writer in self._inside.values():
            writer.transport.abort()
        guests = list(self._guests)
        if guests:
            _, late = await asyncio.wait(guests, timeout=_LEAVE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _serve(self, reader: PacketReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HELLO_SECONDS):
            hello = await reader.packet(bytes_max=_HELLO_BYTES_MAX)
        connect = await self._admit(hello, writer)
        if connect is None:
            return
        name = str(connect.username)
        await self._show_out(name)
        left = asyncio.Event()
        self._inside[name], self._left[name] = writer, left
        reader.replay(
            connect.to_bytes(),
            silence_seconds=connect.keep_alive * 1.5 if connect.keep_alive else None,
            pause=None if name == self._collector else lambda: self._exchange.wait_for_room(name),
        )
        try:
            await self._exchange.external_connected(reader, StreamWriterAdapter(writer), LISTENER)
        finally:
            left.set()
            if self._inside.get(name) is writer:
                del self._inside[name], self._left[name]

    async def _admit(self, hello: bytes, writer: asyncio.StreamWriter) -> ConnectPacket | None:
        """The greeting, made safe to hand on: the name is the user's own, nothing is kept for when it is away."""
        if not hello or hello[0] >> 4 != CONNECT:
            return None
        body = hello[1 + sum(1 for _ in _length_bytes(hello)) :]
        if body[_LEVEL_AT : _LEVEL_AT + 1] != bytes([_LEVEL_3_1_1]):
            await _refuse(writer, UNACCEPTABLE_PROTOCOL_VERSION)
            return None
        connect = await ConnectPacket.from_stream(BufferReader(hello))
        name, password = connect.username, connect.password
        if not name or not password or not verify_password(password, self._passwords.get(name, "")):
            log.info("connection.refused", publisher=name)
            await _refuse(writer, BAD_USERNAME_PASSWORD)
            return None
        if connect.will_flag and not may_say(name, connect.will_topic or "", self._collector):
            log.info("connection.refused", publisher=name, will_topic=connect.will_topic)
            await _refuse(writer, NOT_AUTHORIZED)
            return None
        connect.client_id = name
        connect.clean_session_flag = True
        return connect

    async def _show_out(self, name: str) -> None:
        """End an earlier connection of the same name first, so that its last will comes before the new greeting.

        Of several that come at once each ends the one before: `replace` could not find a second one inside any more.
        """
        with contextlib.suppress(TimeoutError):
            while (left := self._left.get(name)) is not None:
                self._inside[name].transport.abort()
                await asyncio.wait_for(left.wait(), _LEAVE_SECONDS)


def _length_bytes(packet: bytes) -> bytes:
    """The bytes of a packet that say how long it is."""
    end = 1
    while packet[end] & 0x80:
        end += 1
    return packet[1 : end + 1]


async def _refuse(writer: asyncio.StreamWriter, code: int) -> None:
    await ConnackPacket.build(0, code).to_stream(StreamWriterAdapter(writer))
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
