"""Every shape that was ever released is read today and written the same."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from rollcall_wire import Ack, Message, Report, SchoolHours, Settings, State
from rollcall_wire.encoding import decode_ack, decode_settings, encode
from rollcall_wire.reports import KINDS

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*/*.json"))
SHAPES: dict[str, type[Any]] = {"message": Message, "state": State, "ack": Ack, "settings": Settings}


def shape_of(path: Path) -> type[Any]:
    return SHAPES[path.stem.partition("-")[0]]


def with_unknown_fields(value: Any) -> Any:
    """The same JSON from a newer sender: a field more in every object but the map of evidence."""
    if isinstance(value, list):
        return [with_unknown_fields(one) for one in value]
    if isinstance(value, dict):
        known = {name: one if name == "evidence" else with_unknown_fields(one) for name, one in value.items()}
        return {**known, "added_later": {"by": ["a newer version"]}}
    return value


def occurring(value: Any) -> set[str]:
    """The names of all fields in this JSON, each with the kind of report it stands in."""
    if isinstance(value, list):
        return set().union(*map(occurring, value))
    if not isinstance(value, dict):
        return set()
    inner = set().union(*map(occurring, value.values()))
    return inner | {f"{value.get('kind', '')}.{name}" for name in value}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_released_shape_is_read_and_written_the_same(path: Path) -> None:
    golden = json.loads(path.read_bytes())

    read = TypeAdapter(shape_of(path)).validate_json(path.read_bytes())

    assert json.loads(encode(read)) == golden
    assert list(json.loads(encode(read))) == list(golden)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_readers_ignore_unknown_fields(path: Path) -> None:
    golden = json.loads(path.read_bytes())
    newer = json.dumps(with_unknown_fields(golden))

    read = TypeAdapter(shape_of(path)).validate_json(newer)

    assert json.loads(encode(read)) == golden


@pytest.mark.parametrize(
    "path", [path for path in GOLDEN if shape_of(path) in {Ack, Settings}], ids=lambda path: path.stem
)
def test_the_agents_own_readers_agree_with_the_collectors(path: Path) -> None:
    newer = json.dumps(with_unknown_fields(json.loads(path.read_bytes()))).encode()
    decode = decode_ack if shape_of(path) is Ack else decode_settings

    read = decode(newer)

    assert read == TypeAdapter(shape_of(path)).validate_json(path.read_bytes())


def test_every_field_occurs_in_a_golden_file() -> None:
    found = set().union(*(occurring(json.loads(path.read_bytes())) for path in GOLDEN))

    expected = {f".{one.name}" for kind in (*SHAPES.values(), Report, SchoolHours) for one in fields(kind)}
    for kind in KINDS:
        name = next(one.default for one in fields(kind) if one.name == "kind")
        expected |= {f"{name}.{one.name}" for one in fields(kind)}
    assert expected - found == set()


@pytest.mark.parametrize(
    "broken",
    [
        b'{"epoch":"12345678"}',
        b"[]",
        b"3",
        b"",
        b'{"epoch":"12345678","kept":[[1]],"refused":[],"now":"2026-03-04T07:58:31+00:00","credit":1}',
        b'{"epoch":"12345678","kept":[],"refused":[],"now":"yesterday","credit":1}',
    ],
)
def test_a_broken_ack_is_named_as_such(broken: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode_ack(broken)
