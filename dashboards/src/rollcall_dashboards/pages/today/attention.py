"""Decides what needs a person today: a list worst first, each line with its next step; only what is known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from rollcall_collector.api.health import way_out
from rollcall_collector.model.cart import CartCount, CartReadiness
from rollcall_collector.model.verdict import VERDICTS, Verdict
from rollcall_collector.store.attendance import Attendance, LostBridge
from rollcall_collector.store.health import RefusalCount
from rollcall_collector.store.judged.flag_overview import OpenGroup
from rollcall_collector.store.parts.restores import Restore
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.badges import Tone
from rollcall_dashboards.shared.finding_wording import say_kind
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.short_carts import MENDABLE
from rollcall_dashboards.shared.wording import say_headline, say_instant

EXPECTED_MIN = 5
"""A site of fewer devices may well be silent for a day."""
QUIET_BELOW = 0.5
NAMED_CARTS = 4
_FIRST: tuple[Verdict, ...] = ("claim", "repair", "replace")


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """One line of Today: what is, what is known of it, and what to do next. The lowest rank stands first.

    `which` is the list of exactly those that are counted, where the next step leads elsewhere.
    """

    rank: int
    tone: Tone
    letter: str
    sentence: str
    detail: str
    step: str
    href: str
    which: str = ""


def few_ready(short: Sequence[CartCount | CartReadiness]) -> list[Need]:
    """One line for the carts that are short (0: too few ready), the shortest first; one alone leads to its page."""
    if not short:
        return []
    told = [_ready_words(cart) for cart in short]
    if len(short) == 1:
        (cart,) = short
        sentence, href = told[0], f"/carts/{cart.cart.cart}"
        detail, step = f"{cart.cart.site}: {_mendable_words(cart)}", translate("See its slots")
    else:
        sentence = translate("%(count)s carts are short of devices", count=len(short))
        named = [f"{cart.cart.site}, {words}" for cart, words in zip(short, told, strict=True)]
        names = "; ".join(named[:NAMED_CARTS])
        detail = names if len(short) <= NAMED_CARTS else translate("%(names)s and others", names=names)
        href, step = "/carts?short=1", translate("See which")
    return [Need(rank=1, tone="bad", letter="0", sentence=sentence, detail=detail, step=step, href=href)]


def not_begun(listed: int, enrolled: int) -> list[Need]:
    """What comes first where devices are listed and none was ever heard: to enroll them, or to see what is in the way.

    `listed` are all devices in use, `enrolled` those of them that have a name and password of their own.
    """
    if not listed:
        return []
    said = translate_count("%(num)s device is listed", "%(num)s devices are listed", listed)
    if not enrolled:
        return [
            Need(
                rank=0,
                tone="warn",
                letter="E",
                sentence=translate("%(listed)s, none is enrolled", listed=said),
                detail=translate("Nothing is known of a device before its agent, or a bridge, tells of it."),
                step=translate("Add devices"),
                href="/enroll",
            )
        ]
    return [
        Need(
            rank=0,
            tone="warn",
            letter="E",
            sentence=translate(
                "%(listed)s, %(enrolled)s enrolled, none has been heard", listed=said, enrolled=enrolled
            ),
            detail=translate("Being enrolled is not yet being heard: Health says who connected and what was refused."),
            step=translate("See Rollcall's health"),
            href="/health",
        )
    ]


def restored(restores: Iterable[Restore], zone: str, now: datetime) -> list[Need]:
    """One line a restored store that nobody has seen to: what lies between the backup and it is not here."""
    return [
        Need(
            rank=1,
            tone="warn",
            letter="B",
            sentence=translate(
                "What was kept between %(backup)s and %(restored)s is not here",
                backup=say_instant(one.backup_at, zone, now=now),
                restored=say_instant(one.restored_at, zone, now=now),
            ),
            detail=translate("The store was restored from a backup. Devices sent what they had not yet delivered."),
            step=translate("See what is missing"),
            href="/health#restores",
        )
        for one in restores
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


def new_flags(groups: Iterable[OpenGroup], *, has_plan: bool = True) -> list[Need]:
    """What nobody has decided on: one line a kind, a single device by its name; `has_plan` leads to the plan."""
    return [_single_flag(group) if group.count == 1 else _flag_group(group, has_plan=has_plan) for group in groups]


def lost_bridges(bridges: Iterable[LostBridge]) -> list[Need]:
    """Bridges that speak for many devices and are not there."""
    return [
        Need(
            rank=4,
            tone="warn",
            letter="D",
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


def silent_devices(fallen: Iterable[tuple[str, int]]) -> list[Need]:
    """Devices that were heard this term and not for two school weeks: one line, or one a site that is named."""
    return [_silent(site, count) for site, count in fallen if count]


def _silent(site: str, count: int) -> Need:
    words = {"heard": "fallen", "sort": "last_heard"} | ({"site": site} if site else {})
    sentence = translate_count(
        "%(num)s device has not been heard for two weeks", "%(num)s devices have not been heard for two weeks", count
    )
    return Need(
        rank=11,
        tone="quiet",
        letter="S",
        sentence=f"{site}: {sentence}" if site else sentence,
        detail=translate_count(
            "It may be switched off, lost, or without its agent.",
            "They may be switched off, lost, or without their agent.",
            count,
        ),
        step=translate("See which"),
        href=f"/devices?{urlencode(words)}",
    )


def _ready_words(cart: CartCount | CartReadiness) -> str:
    return translate(
        "%(cart)s: only %(ready)s of %(members)s ready", cart=cart.cart.name, ready=cart.ready, members=cart.members
    )


def _mendable_words(cart: CartCount | CartReadiness) -> str:
    states = cart.states
    return ", ".join(
        f"{states[state]} {translate(badges.slot(state).word).lower()}" for state in MENDABLE if states[state]
    )


def _single_flag(group: OpenGroup) -> Need:
    flag = group.first[0]
    face = badges.verdict(group.verdict)
    return Need(
        rank=_rank(group.verdict),
        tone=face.tone,
        letter=face.letter,
        sentence=f"{flag.device_name}: {say_headline(flag.sentence)}",
        detail=" · ".join(part for part in (translate(face.word), flag.site, flag.cart, _new_words(group)) if part),
        step=translate("Look and decide"),
        href=f"/devices/{flag.device_id}",
    )


def _flag_group(group: OpenGroup, *, has_plan: bool) -> Need:
    face = badges.verdict(group.verdict)
    names = ", ".join(flag.device_name for flag in group.first)
    if group.count > len(group.first):
        names = translate("%(names)s and others", names=names)
    href, step = _where(group) if has_plan else (_list_of(group), translate("See which"))
    return Need(
        rank=_rank(group.verdict),
        tone=face.tone,
        letter=face.letter,
        sentence=say_kind(group.verdict, group.finding, group.count),
        detail=" · ".join(part for part in (names, _new_words(group)) if part),
        step=step,
        href=href,
        which=_list_of(group),
    )


def _rank(verdict: Verdict) -> int:
    """What costs nothing first, then what a repair wins back, which is most, then what is bought."""
    return 3 + (_FIRST.index(verdict) if verdict in _FIRST else VERDICTS.index(verdict))


def _new_words(group: OpenGroup) -> str:
    if not group.new:
        return ""
    if group.count == 1:
        return translate("new since yesterday")
    return translate("%(count)s new since yesterday", count=group.new)


def _where(group: OpenGroup) -> tuple[str, str]:
    """Where a group is decided on: what costs money in the plan, the rest in the list."""
    match group.verdict:
        case "replace":
            return "/replace", translate("Weigh and decide")
        case "claim":
            return "/replace#claims", translate("See the claims")
        case "refresh":
            return "/replace#refreshes", translate("See the dates")
        case "repair" | "missing" | "watch" | "not_enough_evidence" | "healthy":
            return _list_of(group), translate("See which")


def _list_of(group: OpenGroup) -> str:
    return f"/devices?{urlencode({'asks': group.verdict, 'finding': group.finding})}"
