"""Decides what needs a person today: a list worst first, each line with its next step; only what is known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from rollcall_collector.api.health import way_out
from rollcall_collector.model.cart import CartReadiness
from rollcall_collector.model.verdict import VERDICTS, Verdict
from rollcall_collector.store.attendance import Attendance, LostBridge
from rollcall_collector.store.flag_overview import OpenGroup
from rollcall_collector.store.health import RefusalCount
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.badges import Tone
from rollcall_dashboards.shared.finding_wording import say_finding
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.wording import say_headline

SHORT_BELOW = 0.8
"""A cart is short when fewer of its devices are ready and somebody can do something about the others."""
_MENDABLE = ("low", "missing", "out_of_service")
EXPECTED_MIN = 5
"""A site of fewer devices may well be silent for a day."""
QUIET_BELOW = 0.5
GROUP_FROM = 3
"""So many flags of one kind become one line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """One line of Today: what is, what is known of it, and what to do next. The lowest rank stands first."""

    rank: int
    tone: Tone
    letter: str
    sentence: str
    detail: str
    step: str
    href: str


def short_carts(carts: Iterable[CartReadiness]) -> list[Need]:
    """Carts of which too few are ready, fewest first, where a person can charge, find or mend the others."""
    short = [one for one in carts if _is_short(one)]
    return [
        Need(
            rank=1,
            tone="bad",
            letter="C",
            sentence=translate(
                "%(cart)s: only %(ready)s of %(members)s ready",
                cart=one.cart.name,
                ready=one.ready,
                members=one.members,
            ),
            detail=f"{one.cart.site}: {_mendable_words(one)}",
            step=translate("See its slots"),
            href=f"/carts/{one.cart.cart}",
        )
        for one in sorted(short, key=lambda one: one.availability or 0.0)
    ]


def quiet_sites(attendances: Iterable[Attendance]) -> list[Need]:
    """Sites in the middle of a school day from which fewer than half of those heard lately were heard."""
    return [
        Need(
            rank=2,
            tone="bad",
            letter="S",
            sentence=translate(
                "%(site)s: %(heard)s of %(expected)s devices heard today",
                site=one.site,
                heard=one.heard_today or translate("none"),
                expected=one.heard_lately,
            ),
            detail=translate("So many do not fall silent one by one: look at its network and the broker first."),
            step=translate("See Rollcall's health"),
            href="/health",
        )
        for one in attendances
        if one.heard_lately >= EXPECTED_MIN and one.heard_today < QUIET_BELOW * one.heard_lately
    ]


def new_flags(groups: Iterable[OpenGroup]) -> list[Need]:
    """Flags on which nobody has decided: each by itself, or one line for a kind that has three or more."""
    needs: list[Need] = []
    for group in groups:
        face, rank = badges.verdict(group.verdict), 3 + VERDICTS.index(group.verdict)
        if group.count >= GROUP_FROM:
            needs.append(_flag_group(group, rank))
            continue
        needs += [
            Need(
                rank=rank,
                tone=face.tone,
                letter=face.letter,
                sentence=f"{flag.device_name}: {say_headline(flag.sentence)}",
                detail=" · ".join(part for part in (translate(face.word), flag.site, flag.cart) if part),
                step=translate("Look and decide"),
                href=f"/devices/{flag.device_id}",
            )
            for flag in group.first
        ]
    return needs


def lost_bridges(bridges: Iterable[LostBridge]) -> list[Need]:
    """Bridges that speak for many devices and are not there."""
    return [
        Need(
            rank=4,
            tone="warn",
            letter="B",
            sentence=translate("Bridge %(name)s is not connected", name=one.name),
            detail=translate("What it speaks for stays as it was last heard."),
            step=translate("See Rollcall's health"),
            href="/health",
        )
        for one in bridges
    ]


def refused_reports(refused: Sequence[RefusalCount]) -> list[Need]:
    """One line a reason for which reports were refused since yesterday."""
    counts: dict[str, list[RefusalCount]] = defaultdict(list)
    for one in refused:
        counts[one.reason].append(one)
    return [
        Need(
            rank=9,
            tone="warn",
            letter="!",
            sentence=translate_count(
                "%(num)s report was refused since yesterday",
                "%(num)s reports were refused since yesterday",
                sum(one.count for one in group),
            ),
            detail=way_out(reason) or group[0].detail,
            step=translate("See which and why"),
            href="/health#refused",
        )
        for reason, group in counts.items()
    ]


def silent_devices(silent: int) -> list[Need]:
    """Devices that were heard this term and have been silent for two school weeks."""
    if not silent:
        return []
    return [
        Need(
            rank=11,
            tone="quiet",
            letter="S",
            sentence=translate_count(
                "%(num)s device has not been heard for two weeks",
                "%(num)s devices have not been heard for two weeks",
                silent,
            ),
            detail=translate_count(
                "It may be switched off, lost, or without its agent.",
                "They may be switched off, lost, or without their agent.",
                silent,
            ),
            step=translate("See which"),
            href="/devices?heard=silent&sort=last_heard",
        )
    ]


def _is_short(one: CartReadiness) -> bool:
    states = [slot.state for slot in one.slots if slot.member is not None]
    available = one.availability
    return available is not None and available < SHORT_BELOW and any(state in _MENDABLE for state in states)


def _mendable_words(one: CartReadiness) -> str:
    states = [slot.state for slot in one.slots if slot.member is not None]
    return ", ".join(
        f"{states.count(state)} {translate(badges.slot(state).word).lower()}" for state in _MENDABLE if state in states
    )


def _flag_group(group: OpenGroup, rank: int) -> Need:
    face = badges.verdict(group.verdict)
    names = ", ".join(flag.device_name for flag in group.first)
    href, step = _where(group.verdict)
    return Need(
        rank=rank,
        tone=face.tone,
        letter=face.letter,
        sentence=_group_sentence(group),
        detail=names if group.count <= len(group.first) else translate("%(names)s and others", names=names),
        step=step,
        href=href,
    )


def _group_sentence(group: OpenGroup) -> str:
    if group.verdict == "missing":
        return translate_count("%(num)s device is missing", "%(num)s devices are missing", group.count)
    return translate_count(
        "%(num)s device to %(verdict)s: %(finding)s",
        "%(num)s devices to %(verdict)s: %(finding)s",
        group.count,
        verdict=translate(badges.verdict(group.verdict).word).lower(),
        finding=say_finding(group.finding),
    )


def _where(verdict: Verdict) -> tuple[str, str]:
    """Where a group is decided on: what costs money in the plan, the rest in the list."""
    match verdict:
        case "replace":
            return "/replace", translate("Weigh and decide")
        case "claim":
            return "/replace#claims", translate("See the claims")
        case "refresh":
            return "/replace#refreshes", translate("See the dates")
        case "repair" | "missing" | "watch" | "not_enough_evidence" | "healthy":
            return f"/devices?{urlencode({'verdict': verdict})}", translate("See which")
