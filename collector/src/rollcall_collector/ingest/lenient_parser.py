"""Takes apart a message that could not be read in one go, so that each of its reports can be looked at alone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollcall_collector.store.keeping import RefusedReport
from rollcall_wire.codes import Refusal
from rollcall_wire.messages import REPORTS_MAX

DEPTH_MAX = 8
"""A message nests five deep: message, reports, report, body, evidence. The rest is room for newer agents."""
SEQ_MAX = 2**53
EPOCH_CHARACTERS = range(8, 33)
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


@dataclass(frozen=True, kw_only=True, slots=True)
class NotReadable:
    """Why no report of the message can even be numbered."""

    reason: Refusal
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dissected:
    """The message's reports as JSON texts with their numbers, and those that cannot be tried at all.

    `is_numbered` is false where one of them has no number that an ack could name.
    """

    epoch: str
    reports: tuple[tuple[int, bytes], ...]
    refused: tuple[RefusedReport, ...]
    is_numbered: bool
    follows: str | None
    first_seq: int | None


def dissect(payload: bytes, publisher: str) -> Dissected | NotReadable:
    """The message in pieces. Whole-message faults refuse every number that can be read."""
    parsed = _parse(payload)
    if isinstance(parsed, NotReadable):
        return parsed
    epoch, reports = _epoch(parsed, "epoch"), parsed.get("reports")
    if epoch is None:
        return NotReadable(reason="wrong_shape", detail="epoch: it should be a text of 8 to 32 characters.")
    if not isinstance(reports, list) or not reports:
        return NotReadable(reason="wrong_shape", detail="reports: it should be a list with at least one report.")
    pieces = [(_seq(one), _text(one)) for one in reports]
    numbered = tuple((seq, text) for seq, text in pieces if seq is not None)
    nameless = tuple(
        RefusedReport(seq=None, reason="wrong_shape", detail="seq: it should be a whole number from 1.", payload=text)
        for seq, text in pieces
        if seq is None
    )
    fault = _envelope_fault(parsed, publisher, len(reports))
    refused = (
        ()
        if fault is None
        else tuple(
            RefusedReport(seq=seq, reason=fault.reason, detail=fault.detail, payload=text) for seq, text in numbered
        )
    )
    return Dissected(
        epoch=epoch,
        reports=numbered if fault is None else (),
        refused=refused + nameless,
        is_numbered=not nameless,
        follows=_epoch(parsed, "follows"),
        first_seq=_number(parsed, "first_seq"),
    )


def _parse(payload: bytes) -> Mapping[str, Any] | NotReadable:
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        return NotReadable(reason="not_text", detail=f"Byte {error.start} is not UTF-8.")
    if _is_deeper(payload, DEPTH_MAX):
        return NotReadable(reason="too_deep", detail=f"It nests more than {DEPTH_MAX} deep.")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        return NotReadable(reason="not_json", detail=str(error)[:200])
    if not isinstance(parsed, dict):
        return NotReadable(reason="wrong_shape", detail="It should be an object with publisher, epoch and reports.")
    return parsed


def _is_deeper(payload: bytes, most: int) -> bool:
    depth = 0
    for bracket in _BRACKETS.finditer(_TEXTS.sub(b"", payload)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > most:  # at once: the rest may be long, and it is somebody's flood
            return True
    return False


def _envelope_fault(message: Mapping[str, Any], publisher: str, count: int) -> NotReadable | None:
    told = message.get("publisher")
    if told != publisher:
        return NotReadable(reason="wrong_publisher", detail=f"It says {str(told)[:64]!r} but came from {publisher!r}.")
    if count > REPORTS_MAX:
        return NotReadable(reason="wrong_shape", detail=f"It has {count} reports: {REPORTS_MAX} are the most.")
    return None


def _epoch(message: Mapping[str, Any], field: str) -> str | None:
    told = message.get(field)
    is_one = isinstance(told, str) and len(told) in EPOCH_CHARACTERS and told.isprintable()
    return told if is_one else None


def _seq(report: Any) -> int | None:
    return _number(report, "seq") if isinstance(report, dict) else None


def _number(told: Mapping[str, Any], field: str) -> int | None:
    seq = told.get(field)
    return seq if type(seq) is int and 1 <= seq <= SEQ_MAX else None


def _text(report: Any) -> bytes:
    # Escaped, so that lone surrogates can be written; they are then refused like any other wrong text.
    return json.dumps(report).encode()
