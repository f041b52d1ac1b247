"""Lists what one may choose in the filters and the order of the list of devices, and says a choice that is none."""

from collections.abc import Mapping

from sqlalchemy import Connection

from rollcall_collector.model.device import SILENT_DAYS, Sort
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.carts import cart_names
from rollcall_collector.store.device_names import is_slip
from rollcall_collector.store.devices import list_models
from rollcall_dashboards.pages.devices.query import BESIDE, Asked
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.i18n import translate
from rollcall_wire.codes import SYSTEMS

Choices = dict[str, list[tuple[str, str]]]
"""Of each filter what an address says and what people read."""
_SORTS: dict[Sort, str] = {
    "verdict": "Worst first",
    "why": "Why",
    "days": "Failed days of the last 30",
    "name": "Name",
    "serial_number": "Serial number",
    "model": "Model",
    "platform": "System",
    "os_version": "System and its version",
    "site": "Site, cart and slot",
    "cart": "Cart and slot",
    "start": "Start-up",
    "last_heard": "Last heard",
    "purchased": "Age: oldest first",
    "support": "End of support",
}
_FLAGS: dict[FlagState, str] = {
    "open": "Nobody has decided",
    "accepted": "Accepted: to do",
    "postponed": "Postponed",
    "dismissed": "Dismissed",
    "done": "Done",
}


def list_choices(connection: Connection, scope: Scope, sites: Mapping[str, Site], asked: Asked) -> Choices:
    """Everything that the asker may choose; carts are those of the asked site."""
    known = cart_names(connection, scope, asked.site if asked.site in sites else None)
    return {
        "sites": [(name, name) for name in sites],
        "carts": [(name, name) for name in known],
        "models": [(name, name) for name in list_models(connection, scope)],
        "platforms": list(SYSTEMS.items()),
        "verdicts": [(name, translate(badges.verdict(name).word)) for name in VERDICTS],
        "sorts": [(name, translate(words)) for name, words in _SORTS.items()],
        "flags": [
            *((state, translate(words)) for state, words in _FLAGS.items()),
            (BESIDE, translate("Open beside a decision")),
        ],
        "heard": [
            ("heard", translate("Heard within %(days)s days", days=SILENT_DAYS)),
            ("silent", translate("Silent for %(days)s days", days=SILENT_DAYS)),
            ("fallen", translate("Fallen silent this term")),
            ("never", translate("Never heard")),
            ("retired", translate("Retired")),
        ],
    }


def say_unknown(choices: Choices, asked: Asked) -> list[str]:
    """A filter's word that nothing bears, and so can match nothing, each in a sentence."""
    filters = {
        "sites": (asked.site, translate("No site is called '%(name)s'.", name=asked.site)),
        "carts": (asked.cart, translate("No cart here is called '%(name)s'.", name=asked.cart)),
        "models": (asked.model, translate("No device is of the model '%(name)s'.", name=asked.model)),
        "platforms": (asked.platform, translate("No system is called '%(name)s'.", name=asked.platform)),
    }
    return [
        said if (near := _near(word, dict(choices[name]))) is None else f"{said} {near}"
        for name, (word, said) in filters.items()
        if word and word not in dict(choices[name])
    ]


def _near(word: str, known: Mapping[str, str]) -> str | None:
    name = next((name for name in known if is_slip(name, word)), None)
    return None if name is None else translate("Did you mean '%(name)s'?", name=name)
