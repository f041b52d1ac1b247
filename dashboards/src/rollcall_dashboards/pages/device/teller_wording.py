"""Says who told of a device, of what, and in words when one of two has fallen silent while the other speaks."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rollcall_collector.model.device import BRIDGE_LOST_AFTER
from rollcall_collector.store.publishers.tellers import Teller
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.wording import is_start_of_day

SILENT = timedelta(hours=2)
"""[A] Who is not heard for so long while another is, has fallen silent: longer than a lesson and its breaks."""
_CHROMEOS = "chromeos"


def say_teller(teller: Teller, platform: str | None) -> str:
    """Who told, and what it is there for: of a Chromebook the two know different things."""
    if platform == _CHROMEOS and teller.is_agent:
        return translate("Told by its extension (presence, level, charging)")
    if platform == _CHROMEOS and teller.platform == _CHROMEOS:
        return translate("Told by Google (start-ups, crashes, battery)")
    if teller.is_agent:
        return translate("Told by its own agent")
    return translate("Told by the bridge %(name)s", name=teller.name)


def say_age(teller: Teller, now: datetime, zone: str) -> str:
    """How old what a bridge told is, in hours: its service heard of the device before the bridge did. Else empty."""
    hours = int((now - teller.heard_at) / timedelta(hours=1))
    if teller.is_agent or hours < 1 or is_start_of_day(teller.heard_at, zone):
        return ""
    return translate_count(" (%(num)s hour old)", " (%(num)s hours old)", hours)


def find_lost_bridge(tellers: Sequence[Teller], now: datetime) -> Teller | None:
    """The bridge that spoke last, where only bridges tell of the device and none is there: it is silent with them."""
    if not tellers or any(one.is_agent or one.is_connected for one in tellers):
        return None
    last = max(tellers, key=lambda one: one.spoke_at)
    return last if now - last.spoke_at >= BRIDGE_LOST_AFTER else None


def say_silences(tellers: Sequence[Teller], platform: str | None, now: datetime, zone: str) -> list[str]:
    """A sentence for each that is silent while another speaks; of a bridge its last word of any device counts.

    Google hears of a device some three hours late: that alone is no silence of the bridge.
    """
    speaking = [one for one in tellers if not _is_silent(one, now, zone)]
    if not speaking:
        return []
    return [_say_silence(one, platform, now) for one in tellers if _is_silent(one, now, zone)]


def _is_silent(teller: Teller, now: datetime, zone: str) -> bool:
    """A word of which only the day is known may have been said at any time of it."""
    at = _last_word(teller)
    said_by = at + timedelta(days=1) if is_start_of_day(at, zone) else at
    return now - said_by >= SILENT


def _last_word(teller: Teller) -> datetime:
    return teller.heard_at if teller.is_agent else max(teller.heard_at, teller.spoke_at)


def _say_silence(teller: Teller, platform: str | None, now: datetime) -> str:
    hours = int((now - _last_word(teller)) / timedelta(hours=1))
    is_chromebook = platform == _CHROMEOS
    if teller.is_agent and is_chromebook:
        return translate(
            "Its extension has said nothing for %(hours)s hours, while Google's bridge speaks: nobody is signed in, it"
            " is closed, or the extension is gone. Whether it is present and how full it is, is that old.",
            hours=hours,
        )
    if is_chromebook and teller.platform == _CHROMEOS:
        return translate(
            "Google's bridge has said nothing for %(hours)s hours, while its extension speaks: what it told of starts"
            " and crashes is that old. On the bridge's machine, 'rollcall-agent bridge google --check' says why.",
            hours=hours,
        )
    who = translate("Its own agent") if teller.is_agent else translate("The bridge %(name)s", name=teller.name)
    return translate("%(who)s has said nothing for %(hours)s hours, while another speaks.", who=who, hours=hours)
