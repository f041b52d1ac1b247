"""A device that fails more often than its peers: on a list that says how many of its names are wrong at most."""

from dataclasses import asdict

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.failures.evidence import FailureEvidence
from rollcall_collector.judge.findings.papers import Papers, advise, route
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.judge.findings.wording import figures, join, say_days, say_percent
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.judgement import ANY
from rollcall_collector.model.part import Part
from rollcall_collector.model.verdict import Verdict

UNRELIABLE = "unreliable"
"""One finding whichever channel speaks: what people decided must not be lost when another speaks louder."""
PART_OF: dict[str, Part] = {"storage": "disk", "battery": "battery", "thermal": "fan"}
"""The part that a kind of failure speaks against; the others speak against the device as a whole."""
_CHANNELS = {
    ANY: "incidents",
    "hardware": "hardware incidents",
    "crash": "crashes",
    "storage": "disk incidents",
    "battery": "battery incidents",
    "memory": "incidents of too little memory",
    "thermal": "incidents of overheating",
    "network": "network incidents",
    "update": "failed updates",
}
_USUAL_GAP_DAYS = 3  # between incidents, everywhere: not worth a word
_LOUD = 1.25  # times as often: a school that differs by less is not worth a word
_SOON_DAYS = 600  # of use; beyond this, waiting for a device to clear itself is no plan


def find_failures(found: FailureEvidence, papers: Papers) -> Finding | None:
    """A finding for a device on the replace or the watch list; where one part is the cause, that part is repaired."""
    if found.listed == "none":
        return None
    part = PART_OF.get(found.channel)
    wanted: Verdict = "watch" if found.listed == "watch" else "repair" if part else "replace"
    verdict = route(wanted, papers)
    return Finding(
        finding=UNRELIABLE,
        verdict=verdict,
        sentence=join(advise(verdict, f"the {part}" if part else None, papers), say_failures(found)),
        evidence=figures(asdict(found)),
    )


def say_failures(found: FailureEvidence) -> str:
    """What was seen, what its peers had, how sure we are, and what would change the verdict."""
    seen = _say_seen(found)
    parts = [f"{seen}; {_say_expected(found)}."]
    within = "" if found.low is None or found.high is None else f" (90 % interval {found.low:.1f} to {found.high:.1f})"
    parts.append(
        f"With luck taken out it fails {found.ratio:.1f} times as often as they do{within}, and it is "
        f"{say_percent(found.probability)} likely that it is over {found.threshold:g} times."
    )
    if found.listed != "none":
        parts.append(
            f"On average at most {_one_in(found.wrong_share)} of the devices on this list is there by chance."
        )
    return " ".join([*parts, *_what_changes(found)])


def say_unsure(found: FailureEvidence) -> str:
    """Why a device with more incidents than its peers is on no list yet, and what would put it there."""
    seen = _say_seen(found)
    likely = (
        f"{say_percent(found.probability)} likely that it fails over {found.threshold:g} times as often as its peers"
    )
    if found.waits_for:
        return " ".join([f"{seen}: it is {likely}. Nothing is named before {found.waits_for}.", *_what_changes(found)])
    return " ".join([f"{seen}: it is {likely}, too unsure to name it.", *_what_changes(found)])


def say_too_little(incidents: int, days: int, *, least_incidents: int = 200, least_days: int = 180) -> str:
    """Why nobody is named yet, and when somebody may be."""
    lacks = []
    if incidents < least_incidents:
        lacks.append(f"{incidents} of {least_incidents} incidents")
    if days < least_days:
        lacks.append(f"{days} of {least_days} days")
    return (
        f"Not enough evidence yet: the fleet's record holds {' and '.join(lacks)}. Until then no device "
        "is named for failing more often than its peers."
    )


def _find(subject: Subject) -> Finding | None:
    fleet = subject.fleet
    return None if fleet is None or fleet.failures is None else find_failures(fleet.failures, subject.papers)


def _among(judged: WholeJudgement) -> Bools:
    return judged.failures.replace | judged.failures.watch


def _say_expected(found: FailureEvidence) -> str:
    """Who its peers are and what they had, and what its school adds."""
    said = f"{found.peers or 'devices like it'} have {_few(found.expected)} in the same time"
    if found.gap_days > _USUAL_GAP_DAYS:
        said += f" but for the {found.gap_days} days after each incident"
    if max(found.site_times, 1 / found.site_times) < _LOUD:
        return said
    return f"{said}, its school counted in: devices there fail {found.site_times:.1f} times as often as elsewhere"


def _what_changes(found: FailureEvidence) -> list[str]:
    more = _say_more(found)
    if found.listed != "replace":
        return [f"{more} put it on the replace list."] if found.more_to_name else []
    said = []
    if found.more_to_name:
        # The list's promise is a mean: what cannot be undone asks the same of the device alone.
        said.append(f"Order or claim only what is {say_percent(1 - found.wrong_share)} likely by itself: {more} do.")
    days = found.days_to_clear
    if days is not None and 0 < days <= _SOON_DAYS:
        said.append(
            f"About {say_days(max(10, 10 * round(days / 10)))} of use without an incident would take it off the list."
        )
    return said


def _say_more(found: FailureEvidence) -> str:
    """`2 more crashes soon would`; where what comes again soon is the same trouble, what would count as another."""
    number, words = _count(found.more_to_name or 0, found.channel).split(" ", 1)
    if found.gap_days <= _USUAL_GAP_DAYS:
        return f"{number} more {words} soon would"
    return f"{number} more {words}, {found.gap_days} days or more after whatever came before, would"


def _say_seen(found: FailureEvidence) -> str:
    once = f", what came again within {found.gap_days} days counted once," if found.gap_days > _USUAL_GAP_DAYS else ""
    return f"{_count(found.observed, found.channel)}{_kinds(found)}{once} in {say_days(found.active_days)} of use"


def _count(number: int, channel: str) -> str:
    words = _CHANNELS.get(channel, f"incidents ({channel})")
    if number == 1:
        words = words.replace("incidents", "incident").replace("crashes", "crash").replace("updates", "update")
    return f"{number} {words}"


def _kinds(found: FailureEvidence) -> str:
    """What the incidents of all kinds were: ` (6 crashes, 3 hardware incidents)`."""
    parts = [one.rsplit(" ", 1) for one in found.kinds.split(", ") if one]
    said = ", ".join(_count(int(count), kind) for kind, count in parts)
    if sum(int(count) for _, count in parts) > found.observed:
        said += "; those of one trouble count once"
    return f" ({said})" if said else ""


def _few(expected: float) -> str:
    return f"{expected:.1f}" if expected >= 0.1 else "fewer than 0.1"  # noqa: PLR2004  # one decimal is what people read


def _one_in(share: float) -> str:
    return f"1 in {round(1 / share)}"


RULE = Rule(
    name=UNRELIABLE,
    title="more failures than peers",
    part=None,  # by the kind of failure: PART_OF
    needs=Needs(among=_among),
    verdict="replace",
    find=_find,
)
