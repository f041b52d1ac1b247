"""Says what was changed about places, as people would."""

from rollcall_collector.store.places.changes import PlaceChange
from rollcall_dashboards.shared.i18n import translate, translate_count


def say_title(sites: int, shown: PlaceChange | None) -> str:
    """The page's answer: the change that was just made, else how many schools there are."""
    if shown is not None:
        said = say_change(shown)
        return said if shown.undone_at is None else translate("Taken back: %(change)s", change=said)
    return translate_count("%(num)s site", "%(num)s sites", sites) if sites else translate("No site yet")


def say_change(change: PlaceChange) -> str:
    """`3 devices moved to North School, Cart B`."""
    devices = translate_count("%(num)s device", "%(num)s devices", change.devices)
    match change.kind:
        case "move":
            return translate("%(devices)s moved to %(target)s", devices=devices, target=change.target)
        case "rename":
            return translate("%(old)s is called %(new)s", old=change.subject, new=change.target)
        case "merge":
            return translate(
                "%(old)s merged into %(new)s, with %(devices)s", old=change.subject, new=change.target, devices=devices
            )
        case "remove":
            return translate("%(old)s removed", old=change.subject)
