"""One address before the nodes of a broker's cluster, as a load balancer in TCP gives it: each connection to the next."""

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.support.brokers.mosquitto import free_port


class Front:
    """Takes a connection, and passes it on to the next node that takes it; ends it when either side does."""

    def __init__(self, nodes: Sequence[int]) -> None:
        self.port = free_port()
        self._nodes = nodes
        self._turn = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server
        self._thread = threading.Thread(target=self._loop.run_forever, name="front")

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        opening = asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(10)

    def kill(self) -> None:
        """Listen no more, and end every connection."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turn)
        for offset in range(len(self._nodes)):
            with contextlib.suppress(OSError):
                port = self._nodes[(first + offset) % len(self._nodes)]
                there = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
                return
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@contextmanager
def front(nodes: Sequence[int]) -> Iterator[Front]:
    """Listening; gone afterwards."""
    one = Front(nodes)
    one.start()
    try:
        yield one
    finally:
        one.kill()
