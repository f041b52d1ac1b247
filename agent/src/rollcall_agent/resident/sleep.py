"""Sleeps until the network speaks, time is up, or somebody asks the agent to stop."""

import gc
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from types import FrameType

from rollcall_agent.sources.system import SignOfLife, nothing_to_let_go

LONG_SECONDS = 10.0
"""Before so long a sleep memory is given back; who waits for an ack is about to be woken."""
_WORDS_MAX = 4096


class Waking:
    """The agent's only sleep, before which it gives a sign of life, and before a long one lets go of memory.

    A signal or a service manager wakes it at once.
    `is_stopping`: the agent is to end; `is_system_stopping`: because the whole system does, as far as that was said.
    """

    def __init__(self, sign_of_life: SignOfLife | None = None, let_go: Callable[[], None] = nothing_to_let_go) -> None:
        self.is_stopping = False
        self.is_system_stopping = False
        self._sign_of_life = sign_of_life
        self._let_go = let_go
        self._is_asked = False
        self._has_looked = Event()
        self._woken, self._waker = socket.socketpair()
        self._is_settled = False

    def start(self) -> None:
        """Listen for SIGTERM and SIGINT; and, where there is one, for the signal that asks for a look (SIGUSR1)."""
        for end in (self._woken, self._waker):
            end.setblocking(False)  # noqa: FBT003  # the standard library's shape
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        if hasattr(signal, "SIGUSR1"):
            signal.signal(signal.SIGUSR1, self._ask_to_look)

    def stop(self) -> None:
        """Let the signals do what they did before."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        self._woken.close()
        self._waker.close()

    def wait(self, connection: socket.socket | None, seconds: float, *, wants_write: bool = False) -> None:
        """Sleep at most so long."""
        if self.is_stopping or seconds <= 0:
            return
        if self._sign_of_life is not None:
            self._sign_of_life()
        reading = [self._woken] if connection is None else [self._woken, connection]
        writing = [connection] if connection is not None and wants_write else []
        if seconds > LONG_SECONDS:
            self._let_go()
        select.select(reading, writing, [], seconds)
        with suppress(BlockingIOError):
            self._woken.recv(_WORDS_MAX)

    def wake(self) -> None:
        """End the sleep now, from any thread."""
        with suppress(OSError):  # full: it is awake already; or gone
            self._waker.send(b"!")

    def pause(self, seconds: float) -> bool:
        """Sleep so long, without a network; false where the agent is to stop."""
        self.wait(None, seconds)
        return not self.is_stopping

    def settle(self) -> None:
        """After the first turn: what was made at start stays for ever, so the collector need not look at it again."""
        if not self._is_settled:
            self._is_settled = True
            gc.collect()
            gc.freeze()

    def ask_to_stop(self, *, is_system_stopping: bool) -> None:
        """End, asked by a service manager."""
        self.is_system_stopping |= is_system_stopping
        self.is_stopping = True
        self.wake()

    def ask_to_look(self, *, within: float) -> None:
        """Have a look taken now, and wait for it so long: before the device sleeps, or when it was unplugged."""
        self._has_looked.clear()
        self._is_asked = True
        self.wake()
        self._has_looked.wait(within)

    def take_request(self) -> bool:
        """Whether somebody asked for a look; asked once, it is answered once."""
        was_asked, self._is_asked = self._is_asked, False
        return was_asked

    def answer_request(self) -> None:
        """What was asked for has been looked at and kept."""
        self._has_looked.set()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.is_stopping = True

    def _ask_to_look(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True
