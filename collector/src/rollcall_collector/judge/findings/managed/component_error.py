"""A part of a device that the device itself says is in error: camera, display, Face ID and the like."""

from rollcall_collector.judge.findings.papers import advise, route
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject, last_failure
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "component_error"
_PARTS = {
    "baseband": "mobile radio",
    "camera": "camera",
    "display": "display",
    "face_id": "Face ID",
    "nfc": "NFC",
    "touch_id": "Touch ID",
    "ultra_wideband": "ultra-wideband radio",
}


def _find(subject: Subject) -> Finding | None:
    last = last_failure(subject.unspent(NAME), "hardware", _PARTS, subject.today)
    if last is None:
        return None
    part, verdict = _PARTS[last.code], route("repair", subject.papers)
    return Finding(
        finding=NAME,
        verdict=verdict,
        sentence=f"{advise(verdict, f'its {part}', subject.papers)}since {say_date(last.occurred_on)} the device "
        f"itself says that its {part} is in error.",
        evidence={
            "code": last.code,
            "on": last.occurred_on.isoformat(),
            "source": "the device's own check of its parts",
        },
    )


RULE = Rule(
    name=NAME,
    title="a part is in error",
    part=None,
    needs=Needs(channels=("hardware",)),
    verdict="repair",
    find=_find,
)
