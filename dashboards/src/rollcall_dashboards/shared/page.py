"""Says what a page is: its name, the question it answers, where it stands, and what it is made of."""

from dataclasses import dataclass

from fastapi import APIRouter

from rollcall_collector.model.person import Right


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page for people, with everything that lies in its folder.

    `name` is the folder's; `address` is where it opens, a `{place}` in it stands for what it is about; `templates` are
    named by folder and file. The bar on top shows the title of those in the menu that somebody may see. `right` is
    what it takes to open it, None: nothing but to be signed in. Whoever is not signed in sees only open pages.
    """

    name: str
    title: str
    question: str
    address: str
    routers: tuple[APIRouter, ...]
    templates: tuple[str, ...]
    right: Right | None = "devices"
    is_in_menu: bool = False
    is_open: bool = False
