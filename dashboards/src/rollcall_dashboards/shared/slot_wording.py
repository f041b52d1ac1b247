"""Says what a teacher complained of, and when the next lesson is."""

from datetime import datetime

from rollcall_collector.model.cart import Complaint, say_trouble
from rollcall_collector.model.site import Site
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_instant, today_in, zone_of


def say_complaint(one: Complaint) -> str:
    """`slot 7: a teacher says it does not start`; the number is left out where nobody knew it."""
    said = translate(say_trouble(one.trouble))
    if one.slot is None:
        return translate("a teacher says of a slot without a number: %(said)s", said=said)
    return translate("slot %(slot)s: a teacher says %(said)s", slot=one.slot, said=said)


def say_time(at: datetime, zone: str, now: datetime) -> str:
    """`09:12` today, else with its day."""
    local = at.astimezone(zone_of(zone))
    return f"{local:%H:%M}" if local.date() == today_in(zone, now) else say_instant(at, zone, now=now)


def add_next_lesson(title: str, site: Site | None, now: datetime) -> str:
    """The title with what comes next, where the site's lessons are known: `…; next is lesson 3 at 10:10`."""
    lesson = "" if site is None else say_next_lesson(site, now)
    return translate("%(title)s; next is %(lesson)s", title=title, lesson=lesson) if lesson else title


def say_next_lesson(site: Site, now: datetime) -> str:
    """`lesson 3 at 10:10`, with the day where it is not today; empty where the lessons are not known."""
    found = site.next_lesson(now)
    if found is None:
        return ""
    lesson, starts_at = found
    return translate("lesson %(label)s at %(at)s", label=lesson.label, at=say_time(starts_at, site.zone, now))
