"""Asks every address of the app, as its own routes describe them, with what one school is called filled in."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import unescape
from typing import Any, Literal, get_args, get_origin

import httpx
from fastapi import UploadFile, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.routing import Mount

from tests.support.fleets.two_schools import School

Place = Literal["path", "query", "form", "json"]
_PLACES: tuple[Place, ...] = ("path", "query", "form", "json")
_PLAIN: dict[type, Any] = {bool: False, float: 1000.0, date: "2026-12-24", datetime: "2026-11-24T09:40:00Z"}
_PLAIN |= {int: 1, str: "x", UploadFile: "x"}
_PASSING = {"content-length", "date", "set-cookie"}
"""Headers that differ from one answer to the next."""
_LINK = re.compile(r"/sign-in/[\w-]{20,}")
"""A sign-in link is another each time."""
_NAMED = re.compile(r'name="([^"]+)"')
_LINKED = re.compile(r"[?&](?:amp;)?(\w+)=")


@dataclass(frozen=True, kw_only=True)
class Word:
    """One value that a route takes: where it stands, and of which type it is."""

    place: Place
    name: str
    kind: Any
    is_required: bool

    @property
    def kinds(self) -> tuple[Any, ...]:
        return get_args(self.kind) or (self.kind,)

    @property
    def plain(self) -> Any:
        """A value that says nothing of any school."""
        if get_origin(self.kind) is Literal:
            return get_args(self.kind)[0]
        return next(value for kind, value in _PLAIN.items() if kind in self.kinds)

    def values(self, school: School) -> tuple[Any, ...]:
        """What could stand here for this school; nothing where no name or key fits."""
        if get_origin(self.kind) is Literal or bool in self.kinds:
            return ()
        return (school.texts if str in self.kinds else ()) + (school.numbers if int in self.kinds else ())


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, with everything in it as text: the headers, and a spreadsheet's parts."""

    status: int
    text: str

    def without(self, *values: Any) -> "Answer":
        """As if these values had not been sent: an answer may repeat what the asker wrote."""
        text = self.text
        for value in values:
            text = text.replace(str(value), "*")
        return replace(self, text=text)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One address and method of the app, and the words it takes."""

    method: str
    path: str
    words: tuple[Word, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def needed(self) -> tuple[Word, ...]:
        return tuple(one for one in self.words if one.is_required)

    def plain(self) -> dict[Word, Any]:
        """Every word that must be there, with a plain value."""
        return {one: one.plain for one in self.needed}

    def ask(self, client: httpx.Client, said: Mapping[Word, Any]) -> Answer:
        """The answer to these words."""
        sent: dict[Place, dict[str, Any]] = {place: {} for place in _PLACES}
        for word, value in said.items():
            sent[word.place][word.name] = value
        response = client.request(
            self.method,
            self.path.format(**sent["path"]),
            params=sent["query"],
            data=sent["form"] or None,
            json=sent["json"] or None,
        )
        headers = "\n".join(f"{name}: {one}" for name, one in response.headers.items() if name not in _PASSING)
        return Answer(
            status=response.status_code, text=f"{headers}\n\n{_LINK.sub('/sign-in/*', _text(response.content))}"
        )

    def own(self, client: httpx.Client, school: School) -> tuple[dict[Word, Any], Answer] | None:
        """The first words of this school that are answered, and the answer; None where none are, not even with a choice."""
        said = self.plain()
        chosen = {one: one.plain for one in self.words if not one.is_required and get_origin(one.kind) is Literal}
        tried = [{**said, word: value} for word in self.needed for value in word.values(school)] or [said]
        for one in [*tried, *({**one, **chosen} for one in tried if chosen)]:
            answer = self.ask(client, one)
            if answer.status < 400:
                return one, answer
        return None


def walk(app: Any, prefix: str = "") -> Iterator[Route]:
    """Every route of the app and of what is mounted in it."""
    for found in iter_route_contexts(app.routes):
        if isinstance(found.original_route, Mount):
            if hasattr(found.original_route.app, "routes"):
                yield from walk(found.original_route.app, prefix + found.original_route.path)
        elif isinstance(found.original_route, APIRoute):
            for method in sorted(found.methods or ()):
                yield Route(method=method, path=f"{prefix}{found.path}", words=tuple(_words(found.dependant)))


def asked_in(answer: Answer) -> set[Word]:
    """The words that a page's own forms and links put into addresses."""
    body = unescape(answer.text)
    names = {*_NAMED.findall(body), *_LINKED.findall(body)} - {"viewport", "description"}
    return {Word(place="query", name=name, kind=str, is_required=False) for name in names}


def _words(given: Dependant) -> Iterator[Word]:
    """The words of an endpoint, and of everything it depends on."""
    for inner in given.dependencies:
        yield from _words(inner)
    for place, found in (("path", given.path_params), ("query", given.query_params), ("form", given.body_params)):
        for one in found:
            kind = one.field_info.annotation
            model = next((part for part in (kind, *get_args(kind)) if _is_model(part)), None)
            if model is not None:
                for name, field in model.model_fields.items():
                    yield Word(place="json", name=name, kind=field.annotation, is_required=field.is_required())
            else:
                assert place != "form" or isinstance(one.field_info, params.Form), one.name
                is_required = one.field_info.is_required()
                yield Word(place=place, name=one.alias, kind=_inner(kind), is_required=is_required)  # type: ignore[arg-type]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inner(kind: Any) -> Any:
    """Of a tuple or list its members' type."""
    return get_args(kind)[0] if get_origin(kind) in {tuple, list} else kind


def _text(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as parts:  # but not the one that says when it was written
        return "\n".join(parts.read(name).decode() for name in parts.namelist() if not name.startswith("docProps"))
