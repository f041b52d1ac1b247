"""Draws a cart as what it is: a box on wheels with its slots, each with its letter."""

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup

from rollcall_collector.model.cart import CartGlance, CartReadiness, SlotGlance, SlotState
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.i18n import translate, translate_count

_PER_ROW = 15
_STEP, _WIDE, _TALL, _EDGE = 15, 12, 20, 6


def draw(cart: CartGlance) -> Markup:
    """The cart as an SVG with a text for who does not see it."""
    rows = [cart.slots[at : at + _PER_ROW] for at in range(0, len(cart.slots), _PER_ROW)] or [()]
    wide = _EDGE * 2 + _PER_ROW * _STEP - (_STEP - _WIDE)
    tall = _EDGE * 2 + len(rows) * (_TALL + 4) - 4
    drawn = "".join([_row(row, _EDGE + at * (_TALL + 4)) for at, row in enumerate(rows)])
    slots = Markup(drawn)  # noqa: S704  # each slot was escaped when it was drawn first
    wheels = Markup('<circle class="wheel" cx="24" cy="{y}" r="4"/><circle class="wheel" cx="{x}" cy="{y}" r="4"/>')
    return Markup(
        '<svg class="cart-picture" viewBox="0 0 {wide} {whole}" role="img" aria-label="{said}">'
        '<rect class="body" x="1" y="1" width="{inner}" height="{high}" rx="6"/>{slots}{wheels}</svg>'
    ).format(
        wide=wide,
        whole=tall + 7,
        inner=wide - 2,
        high=tall - 2,
        said=say(cart),
        slots=slots,
        wheels=wheels.format(x=wide - 24, y=tall + 2),
    )


def say(cart: CartGlance | CartReadiness) -> str:
    """How many slots are in which state, in words."""
    found = ((count, badges.slot(state).word.lower()) for state, count in cart.states.items())
    said = [f"{count} {word}" for count, word in sorted(found, reverse=True)]
    if marked := sum(one.is_marked for one in cart.slots):
        said.append(translate_count("%(num)s with an open flag", "%(num)s with an open flag", marked))
    return ", ".join(said) or translate("no devices")


def _row(slots: Sequence[SlotGlance], y: int) -> str:
    return "".join([_slot(one.state, one.is_marked, _EDGE + at * _STEP, y) for at, one in enumerate(slots)])


@lru_cache(maxsize=10_000)
def _slot(state: SlotState, is_marked: bool, x: int, y: int) -> Markup:  # noqa: FBT001  # read at its one call
    if state == "empty":
        return Markup('<g class="quiet hollow dashed"><rect class="slot" x="{x}" y="{y}" {size}/></g>').format(
            x=x + 0.75, y=y + 0.75, size=_size(1.5)
        )
    face = badges.slot(state)
    inset = 0.75 if face.fill.startswith("hollow") else 0.0
    return Markup(
        '<g class="{tone} {fill}"><rect class="slot" x="{x:g}" y="{y:g}" {size}/><text x="{mid:g}" y="{low}">{letter}'
        "</text></g>"
    ).format(
        tone=face.tone,
        fill=face.fill,
        x=x + inset,
        y=y + inset,
        size=_size(2 * inset),
        mid=x + _WIDE / 2,
        low=y + _TALL / 2 + 3,
        letter=f"{face.letter}!" if is_marked else face.letter,
    )


def _size(less: float) -> Markup:
    return Markup('width="{wide:g}" height="{tall:g}" rx="2.5"').format(wide=_WIDE - less, tall=_TALL - less)
