"""`rollcall support` packs what somebody who helps must know: no secret, no person, no school, no device is in it."""

import argparse
import hashlib
import json
import platform
import re
import secrets
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from rollcall_collector.cli.parts.output import plain
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import CollectorError
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.health import count_publishers, read_size
from rollcall_collector.store.parts.runs import list_parts
from rollcall_collector.store.refusals import count_refusals
from rollcall_collector.store.tables import carts, devices, metadata, people, publishers, sites

LOG_BYTES_MAX = 1_000_000
_OPEN = {bool, int, float}
_OPEN_WORDS = {"kind", "log", "charging"}
"""Settings that are texts and may be told; of all others only whether they are set."""
_SECRETS = re.compile(r"(?i)(token|password|secret|authorization|bearer)([\"'=: ]+)[^\s\"',}]+")
_ADDRESSES = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\b\d{1,3}(\.\d{1,3}){3}\b|\w+://[^\s\"',]+|(?<![\w.])/[\w./-]{4,}")


def run_support(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    """Write the archive and say what is in it."""
    with opened_store(settings) as engine, engine.connect() as connection:
        names = _names(connection)
        told: dict[str, Any] = {
            "release.json": {
                "rollcall": version("rollcall-collector"),
                "python": platform.python_version(),
                "system": f"{platform.system()} {platform.release()}",
                "database": engine.dialect.name,
            },
            "settings.json": _settings(settings.model_dump(mode="json")),
            "counts.json": _counts(connection) | {"refusals": count_refusals(engine, Scope.all())},
            "parts.json": [plain(run) for run in list_parts(connection, "")],
        }
    files = {name: json.dumps(_without(value, names), indent=1) for name, value in told.items()}
    if chosen.log is not None:
        files["log.txt"] = _clean(_last_lines(chosen.log), names)
    try:
        with zipfile.ZipFile(chosen.file, "x", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    except OSError as error:
        raise CollectorError(f"{chosen.file} cannot be written: {error.strerror}") from error
    print(f"{chosen.file}: {', '.join(files)}")
    print("Look into it before you send it: names of people, schools and devices are replaced, secrets left out.")
    return 0


def _settings(told: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and choices as they are; of every other text only that it is set."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        if isinstance(value, Mapping):
            found[name] = _settings(value)
        else:
            is_open = value is None or type(value) in _OPEN or name in _OPEN_WORDS
            found[name] = value if is_open else "(set)"
    return found


def _counts(connection: Connection) -> dict[str, Any]:
    rows = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }
    states = count_publishers(connection, Scope.all())
    return {"rows": rows, "publishers": states, "database_bytes": read_size(connection)}


def _names(connection: Connection) -> dict[str, str]:
    """What must not be told, each with what stands in its place: the same for the same, so that lines compare."""
    columns = (
        (people.c.name, "person"),
        (sites.c.name, "site"),
        (carts.c.name, "cart"),
        (carts.c.home_room, "room"),
        (devices.c.device_id, "device"),
        (devices.c.serial_number, "serial"),
        (devices.c.asset_tag, "tag"),
        (publishers.c.name, "publisher"),
    )
    found: dict[str, str] = {}
    salt = secrets.token_bytes(16)  # a bare hash of a name is found by trying names
    for column, word in columns:
        for (name,) in connection.execute(select(column).where(column.is_not(None)).distinct()):
            found.setdefault(name, f"{word}-{hashlib.sha256(salt + name.encode()).hexdigest()[:8]}")
    return found


def _without(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _clean(value, names)
        case dict():
            return {_clean(str(name), names): _without(one, names) for name, one in value.items()}
        case list():
            return [_without(one, names) for one in value]
        case _:
            return value


def _clean(text: str, names: Mapping[str, str]) -> str:
    text = _SECRETS.sub(r"\1\2(left out)", _ADDRESSES.sub("(left out)", text))
    for pattern in _patterns(names):
        text = pattern.sub(lambda found: names[found[0]], text)
    return text


def _patterns(names: Mapping[str, str]) -> Iterable[re.Pattern[str]]:
    """Longest first, some thousand at a time."""
    ordered = sorted((re.escape(name) for name in names if len(name) > 1), key=len, reverse=True)
    for start in range(0, len(ordered), 5_000):
        yield re.compile(rf"(?<!\w)(?:{'|'.join(ordered[start : start + 5_000])})(?!\w)")


def _last_lines(file: Path) -> str:
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - LOG_BYTES_MAX))
            return log.read().decode(errors="replace")
    except OSError as error:
        raise CollectorError(f"{file} cannot be read: {error.strerror}") from error
