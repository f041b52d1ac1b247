"""Goes through a page with the Tab key alone and says what somebody without a mouse would stumble over."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

_AT_ONCE = 40
_STOPS_MAX = 600


def troubles(page: Page) -> list[str]:
    """Opens what can be opened, goes to the end and back, and closes it again; empty where nothing is wrong."""
    page.evaluate(_WATCH)
    stuck = _open_all(page)
    forth = _walk(page, "Tab", 0)
    back = _walk(page, "Shift+Tab", -1)
    found: list[str] = page.evaluate("keyboard.lacking()")
    found += [f"{one['name']}: {trouble}" for one in forth for trouble in one["troubles"]]
    found += [
        f"{one['name']}: out of order after {two['name']}" for two, one in pairwise(forth) if _is_before(one, two)
    ]
    there, here = _groups(forth), _groups(back)[::-1]
    if there != here:
        found.append(
            f"another way back: {[one for one in (*there, *here) if there.count(one) != here.count(one)][:5]}"
        )
    return stuck + found + _close_all(page)


def _walk(page: Page, key: str, start: int) -> list[dict[str, Any]]:
    """Every stop, from the first or last one until the page begins anew. Raises AssertionError where it never does."""
    page.evaluate("(at) => keyboard.begin(at)", start)
    for _ in range(0, _STOPS_MAX, _AT_ONCE):
        for _ in range(_AT_ONCE):
            page.keyboard.press(key)
        if page.evaluate("keyboard.is_over"):
            stops: list[dict[str, Any]] = page.evaluate("keyboard.stops")
            return stops
    raise AssertionError(
        f"{page.url}: no end after {_STOPS_MAX} times {key}: {page.evaluate('keyboard.stops.slice(-3)')}"
    )


def _groups(stops: Sequence[dict[str, Any]]) -> list[str]:
    """The stops by what they are; of radio buttons, of which Tab reaches one, their group."""
    return [str(one["group"]) for one in stops]


def _is_before(one: dict[str, Any], last: dict[str, Any]) -> bool:
    """Whether the eye would have read this one before the last one: above it, and not in a column to the right."""
    return bool(one["bottom"] <= last["top"] and one["left"] < last["right"])


def _open_all(page: Page) -> list[str]:
    """Enter on each summary opens it, also those that lie in others."""
    found = []
    while (name := page.evaluate("keyboard.focus_closed()")) is not None:
        page.keyboard.press("Enter")
        if not page.evaluate("document.activeElement.parentElement.open"):
            found.append(f"{name}: Enter does not open it")
            page.evaluate("document.activeElement.parentElement.open = true")
    return found


def _close_all(page: Page) -> list[str]:
    """Space on each summary closes it, and the focus stays there."""
    found = []
    while (name := page.evaluate("keyboard.focus_open()")) is not None:
        page.keyboard.press("Space")
        if page.evaluate("document.activeElement.parentElement.open !== false"):
            found.append(f"{name}: Space does not close it")
            break
    return found


_WATCH = """() => {
    const able = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1'])";
    const all = () => [...document.querySelectorAll(able)].filter((one) => one.checkVisibility() && !one.disabled);
    const name = (one) => `${one.tagName.toLowerCase()} "${(one.getAttribute("aria-label") || one.labels?.[0]?.textContent
        || one.textContent || one.name || "").trim().replace(/\\s+/g, " ").slice(0, 40)}"`;
    const numbers = new Map();
    const number = (one) => { if (!numbers.has(one)) numbers.set(one, numbers.size); return numbers.get(one); };
    const group = (one) => one.type === "radio" ? `radio ${one.name} ${number(one.form)}` : `${name(one)} ${number(one)}`;
    const troublesOf = (one, box) => {
        const style = getComputedStyle(one), found = [];
        if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) found.push("its focus is not shown");
        if (box.width < 1 || box.height < 1) return [...found, "it has no size"];
        const x = (Math.max(0, box.left) + Math.min(innerWidth, box.right)) / 2;
        const y = (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2;
        const top = document.elementFromPoint(x, y);
        if (!top || !(one.contains(top) || top.contains(one))) found.push(`it lies under ${top ? name(top) : "the edge"}`);
        return found;
    };
    const note = () => {
        const one = document.activeElement;
        if (one === keyboard.last) return;  // a date is several stops in one
        keyboard.last = one;
        if (one === document.body || keyboard.reached.has(one)) keyboard.is_over = true;
        if (keyboard.is_over) return;
        keyboard.reached.add(one);
        const box = one.getClientRects()[0] ?? one.getBoundingClientRect();
        keyboard.stops.push({
            name: name(one), group: group(one), troubles: troublesOf(one, box), left: box.left, right: box.right,
            top: box.top + scrollY, bottom: box.bottom + scrollY,
        });
    };
    const focusNext = (is_open) => {
        const next = all().find((one) => one.tagName === "SUMMARY" && one.parentElement.open === is_open);
        next?.focus();
        return next ? name(next) : null;
    };
    window.keyboard = {
        begin(at) {
            Object.assign(keyboard, { stops: [], reached: new Set(), is_over: false, last: null });
            all().at(at).focus();
            note();
        },
        focus_closed: () => focusNext(false),
        focus_open: () => focusNext(true),
        lacking() {
            const groups = new Set([...keyboard.reached].map(group));
            const lost = all().filter((one) => !groups.has(group(one))).map((one) => `${name(one)}: not reached`);
            const pushed = all().filter((one) => one.tabIndex > 0).map((one) => `${name(one)}: pushed forward by its tabindex`);
            const mouse = [...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility()
                && getComputedStyle(one).cursor === "pointer" && !one.closest(able) && !one.closest("label"))
                .map((one) => `${name(one)}: for the mouse alone`);
            return [...lost, ...pushed, ...mouse];
        },
    };
    document.addEventListener("keyup", (event) => { if (event.key === "Tab") note(); }, true);
}"""
