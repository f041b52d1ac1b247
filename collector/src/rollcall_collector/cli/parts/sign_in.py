"""Says the link that signs the first person in, last of all and again whenever somebody presses Enter."""

import os
import select
import sys
import threading
from dataclasses import dataclass

from sqlalchemy import Engine

from rollcall_collector.cli.parts.assembly import clock
from rollcall_collector.cli.parts.running import program
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.people import create_link, ensure_person
from rollcall_collector.model.person import FIRST_LINK_MINUTES, LINK_MINUTES
from rollcall_collector.store.audit.noting import COMMAND_LINE, Author, in_the_name_of

ADMIN = "admin"
_TICK_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """The administrator's way in to pages that answer at `url`.

    A link goes to a terminal, or to pages that only this computer reaches: never into a server's log.
    """

    engine: Engine
    settings: CollectorSettings
    url: str

    def say(self) -> None:
        """A new link, or how to get one."""
        if not self.settings.web.is_local and not sys.stdout.isatty():
            print(f"  sign in: {program()} people link NAME", flush=True)
            return
        minutes = FIRST_LINK_MINUTES if self.settings.web.is_local else LINK_MINUTES
        within = f"{minutes // 60} hours" if minutes >= 2 * 60 else f"{minutes} minutes"
        now = clock()
        engine = in_the_name_of(self.engine, Author(name=COMMAND_LINE))
        ensure_person(engine, ADMIN, "admin", now)
        secret = create_link(engine, ADMIN, now, minutes=minutes)
        again = "Enter, or " if _is_asking() else ""
        print(
            f"  another link:      {again}{program()} people link {ADMIN}\n"
            f"  sign in (once, within {within}): {self.settings.web.sign_in_address(secret, listening_at=self.url)}",
            flush=True,
        )

    def say_again_until(self, stop: threading.Event) -> None:
        """Wait for the end; on a terminal every Enter gets a new link."""
        while _is_asking() and not stop.is_set():
            if select.select([sys.stdin], [], [], _TICK_SECONDS)[0]:
                if not sys.stdin.readline():
                    break
                self.say()
        stop.wait()


def _is_asking() -> bool:
    """Whether somebody can press Enter here: a program in the background would be stopped by reading."""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
