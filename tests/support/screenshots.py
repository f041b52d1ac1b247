"""Writes a picture of every page, light and dark and as wide as a telephone, to screenshots/."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.support.browsing import PAGES, Served, address_of, browsing, serving
from tests.support.require import ROOT, find

FOLDER = ROOT / "screenshots"
LOOKS = {"light": (1440, 900, "light"), "dark": (1440, 900, "dark"), "phone": (360, 740, "light")}


def main() -> int:
    """Take every picture; says where they are."""
    chromium = find("chromium")
    if chromium is None:
        print("chromium is not installed here: the pages cannot be pictured")
        return 2
    FOLDER.mkdir(exist_ok=True)
    chosen = sys.argv[1:] or list(PAGES)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served, browsing(chromium) as browser:
        for look in LOOKS:
            for name in chosen:
                take(browser, served, name, look, FOLDER / f"{name}-{look}.png")
    print(f"{len(chosen) * len(LOOKS)} pictures in {FOLDER.relative_to(ROOT)}/")
    return 0


def take(browser: Browser, served: Served, name: str, look: str, file: Path, *, is_whole: bool = True) -> None:
    """One picture of one page."""
    wide, tall, scheme = LOOKS[look]
    context = browser.new_context(viewport={"width": wide, "height": tall}, color_scheme=scheme)  # type: ignore[arg-type]  # two of its words
    if name != "sign_in":
        context.add_cookies([{"name": "rollcall", "value": served.sessions["admin"], "url": served.url}])
    page = context.new_page()
    page.goto(served.url + address_of(served.engine, name), wait_until="networkidle")
    page.screenshot(path=file, full_page=is_whole)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
