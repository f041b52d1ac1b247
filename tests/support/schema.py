"""Writes the wire's JSON Schema files from the dataclasses: `make schema`."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from rollcall_wire import Ack, Message, Report, SchoolHours, Settings, State
from rollcall_wire.explain import fields_of
from rollcall_wire.reports import KINDS
from tests.support.require import ROOT

FOLDER = ROOT / "agent" / "wire" / "schema"
MESSAGES: dict[str, type[Any]] = {"message": Message, "state": State, "ack": Ack, "settings": Settings}
_EXPLAINED: dict[str, type[Any]] = {
    one.__name__: one for one in (Message, State, Ack, Settings, SchoolHours, Report, *KINDS)
}


def schema_text(kind: type[Any]) -> str:
    """The JSON Schema of a message, with the words of every field that has any."""
    schema = TypeAdapter(kind).json_schema()
    for name, part in [(kind.__name__, schema), *schema.get("$defs", {}).items()]:
        for field in fields_of(_EXPLAINED[name]):
            if field.words:
                part["properties"][field.name]["description"] = field.words
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def path_of(name: str) -> Path:
    """Where a message's schema is committed."""
    return FOLDER / f"{name}.json"


def main() -> None:
    """Write every schema file."""
    FOLDER.mkdir(exist_ok=True)
    for name, kind in MESSAGES.items():
        path_of(name).write_text(schema_text(kind))


if __name__ == "__main__":
    main()
