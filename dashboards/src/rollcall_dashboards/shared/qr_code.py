"""Draws a text as a QR code, for what is printed and read again by a camera."""

import segno
from markupsafe import Markup


def draw_code(text: str, *, border: int, scale: int = 1) -> Markup:
    """The text as a QR code (ISO/IEC 18004), level M, dark on light with its quiet edge, whatever the page is.

    `border` counts the squares of the edge, `scale` the units of the drawing a square is wide.
    """
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=scale, border=border, dark="#000", light="#fff", omitsize=True, svgclass="code"
    )
    return Markup(drawn)  # noqa: S704  # drawn by the library from squares alone; the text is not in it
