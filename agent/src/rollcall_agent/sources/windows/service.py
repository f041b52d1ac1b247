"""Speaks with Windows' service manager: has it start the agent, lives under it, and is taken out of it again."""

import ctypes
import subprocess
import time
from collections.abc import Callable, Sequence
from ctypes import wintypes
from threading import Event, Thread
from typing import Any

from rollcall_agent.errors import ServiceError
from rollcall_agent.sources.system import Calls
from rollcall_agent.sources.windows.battery import mains
from rollcall_agent.sources.windows.log.event import OWN_SERVICE
from rollcall_agent.sources.windows.native import callback, last_error, library

NAME = "RollcallAgent"
DESCRIPTION = "Tells how this device starts and what fails, and nothing of who uses it."
ALL_OF_LIST, ALL_OF_SERVICE = 0xF003F, 0xF01FF
OF_ITS_OWN, AUTOMATIC, NORMAL_ERROR = 0x10, 2, 1
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
STOP, INTERROGATE, SHUTDOWN, POWER, PRESHUTDOWN = 1, 4, 5, 0xD, 0xF
ACCEPTED = 0x1 | 0x40 | 0x100
"""Stop, changes of power, and a word before the shutdown itself, with more time than that leaves."""
SUSPEND, RESUMED = 4, 0x12
NOT_THERE, EXISTS, NOT_RUNNING, BY_HAND, IS_GOING = 1060, 1073, 1062, 1063, 1072
DESCRIBED, ON_FAILURE, ON_ERROR, PRIVILEGES, BEFORE_SHUTDOWN = 1, 2, 4, 6, 7
NEEDED_PRIVILEGES = "SeChangeNotifyPrivilege\0"
"""Of all that the system's account may, what the agent keeps: to pass through folders. It reads as their owner."""
STOP_SECONDS, LOOK_SECONDS, STARTED_SECONDS = 15.0, 1.5, 30.0
MILLI = 1000


class Status(ctypes.Structure):
    """SERVICE_STATUS."""

    _fields_ = tuple((name, wintypes.DWORD) for name in ("kind", "state", "accepts", "exit", "own", "step", "hint"))


class TableEntry(ctypes.Structure):
    """SERVICE_TABLE_ENTRYW, with its function as an address."""

    _fields_ = (("name", wintypes.LPWSTR), ("main", ctypes.c_void_p))


class Action(ctypes.Structure):
    """SC_ACTION: what to do after a failure (1: start again), and after how many milliseconds."""

    _fields_ = (("kind", wintypes.DWORD), ("delay", wintypes.DWORD))


class Actions(ctypes.Structure):
    """SERVICE_FAILURE_ACTIONSW."""

    _fields_ = (
        ("reset_seconds", wintypes.DWORD),
        ("message", wintypes.LPWSTR),
        ("command", wintypes.LPWSTR),
        ("count", wintypes.DWORD),
        ("actions", ctypes.POINTER(Action)),
    )


def install(command: Sequence[str]) -> None:
    """Have this command started at every start of the system, as LocalSystem, and now. Raises ServiceError."""
    api, services = _api(), _services()
    line = subprocess.list2cmdline(command)
    try:
        created = api.CreateServiceW(
            services, NAME, OWN_SERVICE, ALL_OF_SERVICE, OF_ITS_OWN, AUTOMATIC, NORMAL_ERROR, line, *(None,) * 5
        )
        if not created and last_error() != EXISTS:
            raise _failed("be installed")
        service = created or _open(api, services)
        try:
            if not created:
                _stop(api, service)
                keep = 0xFFFFFFFF
                if not api.ChangeServiceConfigW(service, keep, AUTOMATIC, keep, line, *(None,) * 6):
                    raise _failed("be changed")
            _describe(api, service)
            if not api.StartServiceW(service, 0, None):
                raise _failed("be started")
            _wait(api, service, RUNNING)
        finally:
            api.CloseServiceHandle(service)
    finally:
        api.CloseServiceHandle(services)


def uninstall() -> None:
    """End it and have it started no more; nothing where it was not installed. Raises ServiceError."""
    api, services = _api(), _services()
    try:
        service = api.OpenServiceW(services, NAME, ALL_OF_SERVICE)
        if not service and last_error() == NOT_THERE:
            return
        if not service:
            raise _failed("be opened")
        try:
            _stop(api, service)
            if not api.DeleteService(service) and last_error() != IS_GOING:
                raise _failed("be removed")
        finally:
            api.CloseServiceHandle(service)
    finally:
        api.CloseServiceHandle(services)


def serve(calls: Calls, live: Callable[[], None]) -> None:
    """Live as the service, on the main thread; Windows' calls come on others. Raises ServiceError by hand."""
    api, begun = _api(), Event()
    conversation = _Conversation(api, calls, begun)
    failed: list[int] = []
    table = (TableEntry * 2)(TableEntry(NAME, ctypes.cast(conversation.main, ctypes.c_void_p)), TableEntry(None, None))

    def converse() -> None:
        if not api.StartServiceCtrlDispatcherW(table):
            failed.append(last_error())
            begun.set()

    thread = Thread(target=converse, name="service", daemon=True)
    thread.start()
    begun.wait(STARTED_SECONDS)
    if failed:
        by_hand = "it was started by hand: Windows itself starts it, see 'rollcall-agent service install'"
        raise ServiceError(by_hand if failed == [BY_HAND] else f"Windows' service manager is not there ({failed[0]})")
    code = 1
    try:
        live()
        code = 0
    finally:
        conversation.tell(STOPPED, exit_code=code)
        thread.join(STOP_SECONDS)


class _Conversation:
    """What Windows says to the service, and what the service says of itself."""

    def __init__(self, api: Any, calls: Calls, begun: Event) -> None:
        self._api, self._calls, self._begun = api, calls, begun
        self._handle: int | None = None
        self._mains = mains()
        number, pointer = wintypes.DWORD, ctypes.c_void_p
        self.main = callback(None, number, pointer)(self._main)
        self._control = callback(number, number, number, pointer, pointer)(self._hear)

    def tell(self, state: int, *, exit_code: int = 0) -> None:
        """How the service stands."""
        accepts = ACCEPTED if state == RUNNING else 0
        hint = 0 if state in {RUNNING, STOPPED} else int(STOP_SECONDS * MILLI)
        status = Status(OF_ITS_OWN, state, accepts, exit_code, 0, 0, hint)
        self._api.SetServiceStatus(self._handle, ctypes.byref(status))

    def _main(self, _count: int, _arguments: Any) -> None:
        self._handle = self._api.RegisterServiceCtrlHandlerExW(NAME, self._control, None)
        self.tell(RUNNING)
        self._begun.set()

    def _hear(self, control: int, kind: int, _event: Any, _context: Any) -> int:
        if control in {STOP, SHUTDOWN, PRESHUTDOWN}:
            self.tell(STOP_PENDING)
            self._calls.ask_to_stop(is_system_stopping=control != STOP)
        elif control == POWER and (kind in {SUSPEND, RESUMED} or self._was_plugged()):
            self._calls.ask_to_look(within=LOOK_SECONDS)
        return 0

    def _was_plugged(self) -> bool:
        """Whether mains came or went: Windows calls at every percent, too."""
        before, self._mains = self._mains, mains()
        return before != self._mains


def _describe(api: Any, service: int) -> None:
    """What the service is, that it is started again when it dies, how long it may take at a shutdown, and its rights.

    A system that knows one of these not yet does without it.
    """
    again = (Action * 3)(*(Action(1, seconds * MILLI) for seconds in (30, 60, 300)))
    told = ctypes.c_wchar_p(DESCRIPTION)
    needed = ctypes.c_wchar_p(NEEDED_PRIVILEGES)
    for level, what in (
        (DESCRIBED, told),
        (ON_FAILURE, Actions(86_400, None, None, len(again), again)),
        (ON_ERROR, wintypes.BOOL(1)),  # an agent that ends with a word of it is started again, too
        (BEFORE_SHUTDOWN, wintypes.DWORD(int(STOP_SECONDS * MILLI))),
        (PRIVILEGES, needed),
    ):
        api.ChangeServiceConfig2W(service, level, ctypes.byref(what))


def _stop(api: Any, service: int) -> None:
    status = Status()
    if api.ControlService(service, STOP, ctypes.byref(status)):
        _wait(api, service, STOPPED)
    elif last_error() != NOT_RUNNING:
        raise _failed("be stopped")


def _wait(api: Any, service: int, state: int) -> None:
    status, until = Status(), time.monotonic() + STARTED_SECONDS
    while time.monotonic() < until:
        api.QueryServiceStatus(service, ctypes.byref(status))
        if status.state == state:
            return
        if state == RUNNING and status.state == STOPPED:
            break
        time.sleep(0.1)
    word = "start" if state == RUNNING else "end"
    raise ServiceError(f"the service did not {word} in time: see agent.log in its state folder")


def _services() -> int:
    api = _api()
    services = api.OpenSCManagerW(None, None, ALL_OF_LIST)
    if not services:
        raise _failed("be reached: an administrator's rights are needed to")
    return int(services)


def _open(api: Any, services: int) -> int:
    service = api.OpenServiceW(services, NAME, ALL_OF_SERVICE)
    if not service:
        raise _failed("be opened")
    return int(service)


def _failed(what: str) -> ServiceError:
    return ServiceError(f"the service could not {what} (Windows' error {last_error()}): run this as an administrator")


def _api() -> Any:
    api, handle, number, text = library("advapi32"), ctypes.c_void_p, wintypes.DWORD, wintypes.LPCWSTR
    for name in ("OpenSCManagerW", "OpenServiceW", "CreateServiceW", "RegisterServiceCtrlHandlerExW"):
        getattr(api, name).restype = handle
    api.OpenSCManagerW.argtypes = (text, text, number)
    api.OpenServiceW.argtypes = (handle, text, number)
    api.CreateServiceW.argtypes = (handle, text, text, *(number,) * 4, text, text, handle, text, text, text)
    api.ChangeServiceConfigW.argtypes = (handle, *(number,) * 3, text, text, handle, text, text, text, text)
    api.ChangeServiceConfig2W.argtypes = (handle, number, handle)
    api.StartServiceW.argtypes = (handle, number, handle)
    api.ControlService.argtypes = (handle, number, handle)
    api.QueryServiceStatus.argtypes = (handle, handle)
    api.SetServiceStatus.argtypes = (handle, handle)
    api.StartServiceCtrlDispatcherW.argtypes = (handle,)
    for name in ("DeleteService", "CloseServiceHandle"):
        getattr(api, name).argtypes = (handle,)
    return api
