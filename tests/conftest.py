"""Rules that hold for every test."""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

if sys.dont_write_bytecode:
    # Some containers ask Python to keep nothing compiled. Each of the hundreds of processes of a run would then compile
    # all it imports anew, a quarter of what the run costs: so it is kept, but apart from the sources.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".cache" / "bytecode")
    del os.environ["PYTHONDONTWRITEBYTECODE"]
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

# Nobody here speaks to anybody outside. So no authority of the world is trusted, and no client or agent of the thousands
# reads their hundred and forty certificates: that cost more than most of what is asked.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = os.devnull

# Where a shell started the tests in the background it had them ignore Ctrl-C, and every child would ignore it, too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Deadlines measure the machine, not the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="module", autouse=True)
def _no_loop_is_left() -> Iterator[None]:
    """A browser that outlives its file leaves its event loop running, and whatever file comes next cannot open its own."""
    yield
    loop = asyncio._get_running_loop()  # the only question that does not raise
    assert loop is None, "a browser of this file is still open: a fixture that opens one lives as long as the file"


@pytest.fixture(autouse=True)
def _nothing_is_said_later() -> Iterator[None]:
    """A verb that ran in here leaves its log behind, which would sum up two seconds later, in another test's words."""
    yield
    for one in threading.enumerate():
        if isinstance(one, threading.Timer):
            one.cancel()


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: a tenth of the run went into looking whether it is rubbish."""
    gc.collect()
    gc.freeze()
