"""Draws the bar of a device's last days: one mark a day, taller where it was worse, so colour is not needed."""

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from rollcall_collector.model.fact import CellKind, DayCell
from rollcall_dashboards.shared.i18n import translate, translate_count

STEP, WIDTH, HEIGHT = 8, 6, 24
_TALL: dict[CellKind, int] = {"fine": 8, "slow": 16, "failed": 24, "silent": 6, "no_school": 2, "not_yet_here": 1}


def draw(cells: Sequence[DayCell]) -> Markup:
    """The days as an SVG, oldest left: one path a kind keeps a table of fifty rows small."""
    wide = max(1, len(cells)) * STEP
    kinds = [cell.kind for cell in cells]
    drawn = "".join(
        [_path(kind, [at for at, one in enumerate(kinds) if one == kind]) for kind in _TALL if kind in kinds]
    )
    paths = Markup(drawn)  # noqa: S704  # kinds and numbers alone; a table of fifty rows would escape each in turn
    return Markup(
        '<svg class="days" viewBox="0 0 {wide} {tall}" preserveAspectRatio="none" role="img" aria-label="{said}">'
        "{paths}</svg>"
    ).format(wide=wide, tall=HEIGHT, said=say(cells), paths=paths)


def say(cells: Sequence[DayCell]) -> str:
    """What the bar shows, in words: the text for who does not see it."""
    counts = Counter(cell.kind for cell in cells)
    school = len(cells) - counts["no_school"] - counts["not_yet_here"]
    if not school:
        return translate("Not yet here") if counts["not_yet_here"] else translate("No school days yet")
    said = translate_count("%(num)s school day", "%(num)s school days", school)
    parts = [
        translate_count("%(num)s day with failures", "%(num)s days with failures", counts["failed"]),
        translate_count("%(num)s slow", "%(num)s slow", counts["slow"]),
        translate_count("%(num)s fine", "%(num)s fine", counts["fine"]),
        translate_count("%(num)s silent", "%(num)s silent", counts["silent"]),
    ]
    kinds: tuple[CellKind, ...] = ("failed", "slow", "fine", "silent")
    shown = [text for text, kind in zip(parts, kinds, strict=True) if counts[kind]]
    before = counts["not_yet_here"]
    if before:
        shown.append(translate_count("%(num)s day not yet here", "%(num)s days not yet here", before))
    return f"{said}: {', '.join(shown)}"


def _path(kind: CellKind, places: Sequence[int]) -> str:
    tall = _TALL[kind]
    inset = 0.75 if kind == "silent" else 0.0
    wide, high = WIDTH - 2 * inset, tall - 2 * inset
    top = HEIGHT - tall + inset
    mark = f"{top:g}h{wide:g}v{high:g}h-{wide:g}z"
    marks = "".join([f"M{at * STEP + 1 + inset:g} {mark}" for at in places])
    return f'<path class="{kind}" d="{marks}"/>'
