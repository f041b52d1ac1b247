"""A whole collector in a process of its own, lent to one test after the other: its program starts once a test process."""

import atexit
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.support.faults.children import Child, child

_SPARE: list[Child] = []


@contextmanager
def lent_collector(folder: Path, database: str, *, enrollments: int) -> Iterator[dict[str, Any]]:
    """A broker, enrollment and ingest on this store until the block ends; where it listens. One address may enroll so often."""
    one = _SPARE.pop() if _SPARE else _start()
    one.tell(json.dumps([str(folder), database, enrollments]))
    try:
        yield one.hear()
    finally:
        one.tell("")
        one.hear()
        _SPARE.append(one)


def _start() -> Child:
    stack = ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rollcall-collector-"))
    return stack.enter_context(child("tests.support.faults.whole_collector", log=Path(folder) / "log"))
