"""NanoMDM's bridge as the room knows it: it listens and asks beside its rounds, and a round tells what was heard."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from sqlite3 import Error as SqliteError

from rollcall_agent.bridges.bridge import Attendance, Bridge, Poll, ToldOfDevice
from rollcall_agent.bridges.nanomdm.agenda import Agenda
from rollcall_agent.bridges.nanomdm.asking import LOGIN, Asker
from rollcall_agent.bridges.nanomdm.memory import IpadMemory
from rollcall_agent.bridges.nanomdm.receiver import PATH, Receiver
from rollcall_agent.bridges.nanomdm.record import Record
from rollcall_agent.bridges.nanomdm.settings import NanoSettings, read_settings
from rollcall_agent.checks import Check, fault
from rollcall_agent.enrollment import Door
from rollcall_agent.errors import AgentError, ConfigError

MARK = "nanomdm.told"
PAGE = 500
ASK_EVERY_SECONDS = 1.0
READING_KEPT = timedelta(days=7)
"""An older reading is not told again when everything is asked for anew."""


def check(folder: Path) -> Iterator[Check]:
    """Settings, keys, NanoMDM itself, and what was heard so far."""
    try:
        settings = read_settings(folder)
    except ConfigError as error:
        yield fault("settings", "the bridge is not set up", str(error))
        return
    yield Check(subject="settings", says=f"listens at {settings.host}:{settings.port}{PATH}")
    if settings.api_key is None:
        yield Check(subject="NanoMDM", says="is only listened to: no iPad is asked", way_out="set asks to true")
    else:
        yield _check_service(settings, settings.api_key)
    yield from _check_memory(folder)


def poll(asked: Poll) -> Iterator[ToldOfDevice]:
    """What was heard since the mark, each with its number as the next mark; or of every iPad all that is known."""
    memory = IpadMemory(asked.folder)
    memory.start()
    try:
        memory.sweep(asked.now)
        after = int(asked.recall(MARK) or 0)
        memory.forget(after)
        if asked.is_asked_anew:
            yield from _all(memory)
        while page := memory.waiting(after, PAGE):
            for one in page:
                yield ToldOfDevice(
                    device=one.record.device,
                    bodies=one.bodies,
                    is_heard=True,
                    observed_at=one.at,
                    marks={MARK: str(one.seq)},
                )
            after = page[-1].seq
    except SqliteError as error:
        raise OSError(f"the bridge's memory cannot be used: {error}") from error
    finally:
        memory.stop()


@contextmanager
def attend(asked: Attendance) -> Iterator[None]:
    """Listen, and ask where that is allowed, until the bridge ends. Raises ConfigError."""
    settings = read_settings(asked.folder)
    memory = IpadMemory(asked.folder)
    with ExitStack() as stack:
        memory.start()
        stack.callback(memory.stop)
        receiver = _listen(settings, memory, asked)
        thread = threading.Thread(target=receiver.serve_forever, name="webhook", daemon=True)
        thread.start()
        stack.callback(thread.join, 10)
        stack.callback(receiver.server_close)
        stack.callback(receiver.shutdown)
        if settings.api_key is not None and settings.url is not None:
            door = Door(settings.url)
            door.start()
            stack.callback(door.stop)
            asker = Asker(
                agenda=Agenda(memory),
                door=door,
                api_key=settings.api_key,
                roll_call=asked.roll_call,
                is_inviting=settings.dm_key is not None,
            )
            stop = threading.Event()
            asking = threading.Thread(target=_ask, args=(asker, asked, stop), name="asking", daemon=True)
            asking.start()
            stack.callback(asking.join, 40)
            stack.callback(stop.set)
        yield


def _listen(settings: NanoSettings, memory: IpadMemory, asked: Attendance) -> Receiver:
    try:
        return Receiver(settings, memory, clock=asked.clock, hurry=asked.hurry)
    except OSError as error:
        raise ConfigError(f"{settings.host}:{settings.port} cannot be listened at ({error}): is it in use?") from error


def _ask(asker: Asker, asked: Attendance, stop: threading.Event) -> None:
    while not stop.wait(ASK_EVERY_SECONDS):
        try:
            asker.step(asked.clock())
        except Exception as error:  # noqa: BLE001  # the outermost loop of this thread: it must not end in silence
            asked.trouble(error)


def _all(memory: IpadMemory) -> Iterator[ToldOfDevice]:
    after = ""
    while page := memory.known(after, PAGE):
        yield from (_whole(record) for record in page if record.is_known)
        after = page[-1].udid


def _whole(record: Record) -> ToldOfDevice:
    """All that is known of one, at the instant of its last reading."""
    vitals, read_at, heard_at = record.vitals, record.read_at, record.heard_at
    is_recent = read_at is not None and heard_at is not None and heard_at - read_at <= READING_KEPT
    bodies = (vitals,) if vitals is not None and is_recent else ()
    return ToldOfDevice(device=record.device, bodies=bodies, observed_at=read_at if bodies else heard_at)


def _check_service(settings: NanoSettings, api_key: str) -> Check:
    assert settings.url is not None, "who asks knows where"
    door = Door(settings.url)
    try:
        door.start()
        answer = door.ask("GET", "/v1/pushcert", b"", login=(LOGIN, api_key))
    except (OSError, AgentError) as error:
        return fault("NanoMDM", f"{settings.url} does not answer ({error})", "check its url, and whether it runs")
    finally:
        door.stop()
    if answer.status == 401:  # noqa: PLR2004  # HTTP's own number
        return fault("NanoMDM", f"{settings.url} does not know the key", "put NanoMDM's -api key into api.key")
    return Check(subject="NanoMDM", says=f"{settings.url} answers, and knows the key")


def _check_memory(folder: Path) -> Iterator[Check]:
    memory = IpadMemory(folder)
    try:
        memory.start()
        refused, nameless = memory.counts(), memory.nameless()
    except (SqliteError, OSError) as error:
        yield fault("memory", f"it cannot be used ({error})", f"check the rights of {folder}, and whether it is full")
        return
    finally:
        memory.stop()
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in refused.items())
    yield Check(subject="webhook", says=f"posts not taken in: {told or 'none'}")
    if nameless:
        yield Check(
            subject="devices",
            says=f"{nameless} have not said their serial number yet",
            way_out="let iPads be asked (asks: true), or wait until they enroll again",
        )


BRIDGE = Bridge(name="nanomdm", platform="ipados", check=check, poll=poll, attend=attend)
