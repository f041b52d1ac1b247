"""Says what teachers complain of: one line a cart, with every slot and when it was said."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from rollcall_collector.model.cart import Complaint
from rollcall_collector.model.site import Site
from rollcall_dashboards.pages.today.attention import Need
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.slot_wording import say_complaint, say_time


def complaints(standing: Sequence[Complaint], sites: Mapping[str, Site], now: datetime) -> list[Need]:
    """One line a cart, in the order in which they were first complained of; it leads to where each is closed."""
    carts: dict[int, list[Complaint]] = defaultdict(list)
    for one in standing:
        carts[one.cart].append(one)
    return [_need(of_cart, sites[of_cart[0].site].zone, now) for of_cart in carts.values()]


def _need(of_cart: Sequence[Complaint], zone: str, now: datetime) -> Need:
    first = of_cart[0]
    said = [f"{say_complaint(one)}, {say_time(one.said_at, zone, now)}" for one in of_cart]
    if len(said) == 1:
        sentence, detail = f"{first.cart_name}, {said[0]}", first.site
    else:
        sentence = translate(
            "%(cart)s: teachers say that %(count)s are broken", cart=first.cart_name, count=len(of_cart)
        )
        detail = f"{first.site}: {'; '.join(said)}"
    return Need(
        rank=2,
        tone="warn",
        letter="T",
        sentence=sentence,
        detail=detail,
        step=translate("See and close"),
        href=f"/carts/{first.cart}#complaints",
    )
