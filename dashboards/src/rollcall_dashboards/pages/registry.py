"""Which pages there are: one line a page, in the order of the menu."""

from importlib import import_module

from rollcall_dashboards.shared.page import Page

_FOLDERS = (
    "today",
    "devices",
    "device",
    "replace",
    "models",
    "carts",
    "cart_code",
    "health",
    "privacy",
    "enroll",
    "lists",
    "sites",
    "settings",
    "sign_in_setup",
    "account",
    "people",
    "audit",
    "api",
    "sign_in",
)
PAGES: tuple[Page, ...] = tuple(import_module(f"rollcall_dashboards.pages.{folder}").PAGE for folder in _FOLDERS)
"""Every page; the app, the menu and the checks are made from it."""
