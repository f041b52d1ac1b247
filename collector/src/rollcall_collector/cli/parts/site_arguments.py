"""How `rollcall sites` is asked to rename, merge and remove a site, and to take a change back."""

import argparse
from typing import Any


def configure_changes(actions: Any) -> None:
    """Add these actions to the verb's own."""
    renamed = actions.add_parser("rename", help="give a site another name")
    renamed.add_argument("name", metavar="NAME")
    renamed.add_argument("new", metavar="NEW")
    merged = actions.add_parser("merge", help="bring all that is a site's to another: the first is gone then")
    merged.add_argument("name", metavar="NAME")
    merged.add_argument("into", metavar="INTO")
    removed = actions.add_parser("remove", help="take away a site that has no devices, or whose devices go elsewhere")
    removed.add_argument("name", metavar="NAME")
    removed.add_argument("--devices-to", dest="into", metavar="OTHER", help="the site that gets all that is its own")
    changes = actions.add_parser("changes", help="list what was renamed, merged, removed and moved lately")
    changes.add_argument("--json", action="store_true", help="print as JSON")
    undone = actions.add_parser("undo", help="take a change back")
    undone.add_argument("change", type=int, metavar="CHANGE", help="its number, as 'rollcall sites changes' shows it")
    for taken in (renamed, merged, removed):
        taken.add_argument("--by", default="command line", metavar="NAME", help="who changes it")


def add_new(parser: argparse.ArgumentParser) -> None:
    """Add the word that a name close to another's is meant."""
    parser.add_argument(
        "--new", action="store_true", help="this is a new school although its name is nearly another's"
    )
