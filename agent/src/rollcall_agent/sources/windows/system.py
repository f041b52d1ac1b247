"""What Windows says of itself: its version, and whether it measures its starts."""

import re

from rollcall_agent.sources.windows.native import setting

CURRENT = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
SERVICES = r"SYSTEM\CurrentControlSet\Services"
TRACE = r"SYSTEM\CurrentControlSet\Control\WMI\Autologger\ReadyBoot"
TRACERS = ("DPS", "WdiServiceHost", "WdiSystemHost", "SysMain")
"""Without all of these nobody measures a start; images that were made lean go without them."""
DISABLED = 4
FIRST_BUILD_OF_11 = 22_000
"""Windows 11 still calls itself 10 in its registry; its builds begin here."""
_EDITION = re.compile(r"(?:Microsoft )?Windows [\w. ()-]{1,60}")
_WORD = re.compile(r"[\w.]{1,16}")


def is_traced() -> bool | None:
    """Whether Windows measures its starts here; None where it does not say."""
    starts = [setting(f"{SERVICES}\\{name}", "Start") for name in TRACERS]
    is_on = setting(TRACE, "Start")
    if is_on is None or None in starts:
        return None
    return is_on == 1 and DISABLED not in starts


def version() -> str | None:
    """The system's name and version, such as "Windows 11 Pro 23H2 (22631.4317)"."""
    names = ("ProductName", "DisplayVersion", "CurrentBuildNumber", "UBR")
    return version_text(*(setting(CURRENT, name) for name in names))


def version_text(product: object, release: object, build: object, revision: object) -> str | None:
    """The same, from what the registry holds. The text is the maker's: what does not look so is left out."""
    if not isinstance(product, str) or not _EDITION.fullmatch(product) or not str(build).isdecimal():
        return None
    name = product.replace("Windows 10", "Windows 11", 1) if int(str(build)) >= FIRST_BUILD_OF_11 else product
    named = f" {release}" if isinstance(release, str) and _WORD.fullmatch(release) else ""
    patched = f".{revision}" if isinstance(revision, int) else ""
    return f"{name}{named} ({build}{patched})"
