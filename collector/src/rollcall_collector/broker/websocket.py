"""Lets MQTT in through a WebSocket, for Chromebooks: what it carries is to the broker as any other connection."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from rollcall_collector.broker.listening import PACKET_BYTES_MAX

Greet = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_MQTT = Subprotocol("mqtt")
_CHUNK_BYTES = 65_536
_FRAMES_WAITING_MAX = 4


async def serve_websocket(greet: Greet, host: str, port: int, context: ssl.SSLContext | None) -> Server:
    """A server that turns each WebSocket into a pair of streams for `greet`. Raises OSError where it cannot listen."""
    log = logging.getLogger("websockets.server")
    log.setLevel(logging.CRITICAL)  # what it calls errors are clients that went away

    async def meet(connection: ServerConnection) -> None:
        ours, theirs = socket.socketpair()
        reader, writer = await _streams(theirs, connection.remote_address)
        own_reader, own_writer = await asyncio.open_connection(sock=ours)
        tasks = [
            asyncio.ensure_future(greet(reader, writer)),
            asyncio.create_task(_bring_in(connection, own_writer)),
            asyncio.create_task(_bring_out(own_reader, connection)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            own_writer.transport.abort()
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # No pings of its own: MQTT has its keep-alive. No compression: it costs memory for each of thousands.
    return await serve(
        meet,
        host,
        port,
        ssl=context,
        subprotocols=[_MQTT],
        compression=None,
        ping_interval=None,
        max_size=PACKET_BYTES_MAX + _CHUNK_BYTES,
        max_queue=_FRAMES_WAITING_MAX,
    )


class _Writer(asyncio.StreamWriter):
    """Says who is at the other end of the WebSocket, where a pair of sockets has no address of its own."""

    address: object = None

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self.address if name == "peername" else super().get_extra_info(name, default)


async def _streams(end: socket.socket, address: object) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.create_connection(lambda: protocol, sock=end)
    writer = _Writer(transport, protocol, reader, loop)
    writer.address = address
    return reader, writer


async def _bring_in(connection: ServerConnection, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionClosed, OSError):
        async for frame in connection:
            if isinstance(frame, str):  # MQTT is bytes
                return
            writer.write(frame)
            await writer.drain()


async def _bring_out(reader: asyncio.StreamReader, connection: ServerConnection) -> None:
    with contextlib.suppress(ConnectionClosed, OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            await connection.send(chunk)
