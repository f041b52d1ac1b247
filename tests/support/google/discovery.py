"""Google's own discovery documents, as the package google-api-python-client carries them: what may be asked, and how
an answer looks."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_FORMS = {
    "int64": re.compile(r"-?\d+"),
    "google-duration": _DURATION,
    "google-datetime": _INSTANT,
    "date-time": _INSTANT,
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}
_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}


@cache
def document(name: str) -> dict[str, Any]:
    """`chromemanagement.v1` or `admin.directory_v1`."""
    found = files("googleapiclient.discovery_cache.documents").joinpath(f"{name}.json").read_text()
    read: dict[str, Any] = json.loads(found)
    return read


def method(name: str, path: tuple[str, ...]) -> dict[str, Any]:
    """A method by the resources above it."""
    found = document(name)
    for one in path[:-1]:
        found = found["resources"][one]
    read: dict[str, Any] = found["methods"][path[-1]]
    return read


def faults_of_question(name: str, asked: dict[str, Any], query: dict[str, list[str]]) -> Iterator[str]:
    """What the document does not allow of a query."""
    known = {**document(name)["parameters"], **asked["parameters"]}
    for parameter, values in query.items():
        if parameter not in known:
            yield f"there is no parameter {parameter}"
        elif len(values) > 1:
            yield f"{parameter} is told twice"
        else:
            yield from _faults_of_value(parameter, known[parameter], values[0])
    for parameter, one in asked["parameters"].items():
        # the documents say "Required." of some parameters without marking them so
        is_needed = one.get("required") or one["description"].startswith("Required.")
        if is_needed and one["location"] == "query" and parameter not in query:
            yield f"{parameter} is missing"
    if mask := query.get("readMask"):
        allowed = set(re.findall(r"- ([a-z_.]+)", asked["parameters"]["readMask"]["description"]))
        yield from (f"{one} is no path of readMask" for one in mask[0].split(",") if one not in allowed)


def _faults_of_value(parameter: str, schema: dict[str, Any], value: str) -> Iterator[str]:
    if schema["type"] == "integer":
        most = re.search(r"(?:Maximum value is|should not exceed) (\d+)", schema.get("description", ""))
        if not value.isdecimal() or int(value) < 1 or (most and int(value) > int(most[1])):
            yield f"{parameter} may not be {value}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{parameter} may not be {value}"


def faults_of_reply(name: str, schema: dict[str, Any], value: Any, at: str = "") -> Iterator[str]:
    """What of a reply is not as the document says."""
    if "$ref" in schema:
        schema = document(name)["schemas"][schema["$ref"]]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        for key, item in value.items():
            if key not in properties:
                yield f"{at}.{key} is no field"
            else:
                yield from faults_of_reply(name, properties[key], item, f"{at}.{key}")
    elif kind == "array":
        for item in value:
            yield from faults_of_reply(name, schema["items"], item, f"{at}[]")
    else:
        yield from _faults_of_leaf(schema, value, at)


def _faults_of_leaf(schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, _TYPES[schema["type"]]):
        yield f"{at} is no {schema['type']}: {value!r}"
    form = _FORMS.get(schema.get("format", ""))
    if isinstance(value, str) and form is not None and not form.fullmatch(value):
        yield f"{at} is no {schema['format']}: {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is none of its values: {value!r}"


def chosen(value: Any, fields: str) -> Any:
    """A reply with the fields that a partial-response parameter names, as Google's guide on `fields` says."""
    return _pick(value, _parse(fields))


def field_paths(name: str, schema: dict[str, Any], fields: str) -> Iterator[str]:
    """Those paths of a `fields` parameter that the document does not know."""
    yield from _unknown(name, schema, _parse(fields), "")


def _parse(fields: str) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    stack, word = [tree], ""
    for letter in fields + ",":
        if letter in ",(" or letter == ")":
            if word:
                stack[-1][word] = {}
            if letter == "(":
                stack.append(stack[-1][word])
            elif letter == ")":
                stack.pop()
            word = ""
        else:
            word += letter
    return tree


def _pick(value: Any, tree: dict[str, Any]) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_pick(one, tree) for one in value]
    return {key: _pick(value[key], below) for key, below in tree.items() if key in value}


def _unknown(name: str, schema: dict[str, Any], tree: dict[str, Any], at: str) -> Iterator[str]:
    while "$ref" in schema or schema.get("type") == "array":
        schema = document(name)["schemas"][schema["$ref"]] if "$ref" in schema else schema["items"]
    for key, below in tree.items():
        if key not in schema.get("properties", {}):
            yield f"fields names {at}{key}, which is not there"
        elif below:
            yield from _unknown(name, schema["properties"][key], below, f"{at}{key}.")
