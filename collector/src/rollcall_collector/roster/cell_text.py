"""What a cell says once a program's own signs are taken off: guards, no-break spaces, links, words for nothing."""

import re
import unicodedata
from html import unescape

from rollcall_collector.sheets.csv_cells import unguard

# zero-width signs, direction marks, soft hyphens and byte order marks: seen by no one, and no part of a name
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_CONTROLS = re.compile(r"[\t\x0b\x0c\x1c-\x1f\x85]")
# older Snipe-IT writes its tables as they stand on the page: links, bold names, an ampersand as &amp;
_TAG = re.compile(r"</?(?:a|b|br|div|em|i|img|p|small|span|strong|u)\b[^<>]*>", re.IGNORECASE)
_ESCAPED = re.compile("&(?:amp|lt|gt|quot|apos|nbsp|#0?39);", re.IGNORECASE)
_NOTHING = frozenset(
    word.casefold()
    for word in (
        *("n/a", "na", "n.a.", "n.a", "n/a.", "#n/a", "#na", "#ref!", "#value!", "#name?", "#null!", "#div/0!"),
        *("none", "null", "nil", "nan", "undefined", "unknown", "not available", "not applicable", "not set", "tbd"),
        *("not specified", "unspecified", "(none)", "(blank)", "[none]", "?", "??", "???", "--", "---"),
        *("\u2013", "\u2014", "."),
        *("unassigned", "not assigned", "no tag", "no asset tag", "no asset information", "to be filled by o.e.m."),
        *("default string", "system product name", "system manufacturer", "o.e.m.", "nicht zugewiesen"),
        *("non attribué",),
        *("niet toegewezen", "non assegnato", "sin asignar", "não atribuído"),
        *("k.a.", "k. a.", "k.a", "keine", "keiner", "keine angabe", "unbekannt", "nicht verfügbar", "nicht bekannt"),
        *("s/o", "s.o.", "sans objet", "inconnu", "inconnue", "aucun", "aucune", "néant", "non disponible", "n.c."),
        *("n.v.t.", "nvt", "n.v.t", "onbekend", "geen", "niet beschikbaar"),
        *("n/d", "n.d.", "nd", "sconosciuto", "sconosciuta", "nessuno", "nessuna", "non applicabile"),
        *("s/d", "sin datos", "desconocido", "desconocida", "ninguno", "ninguna", "no disponible", "no aplica"),
        *("desconhecido", "desconhecida", "nenhum", "nenhuma", "não disponível", "não aplicável", "sem dados"),
    )
)
_NO_SERIALS = frozenset(
    (
        *("tobefilledbyoem", "defaultstring", "systemserialnumber", "serialnumber", "notspecified", "notavailable"),
        *("notapplicable", "invalid", "oem", "empty", "tbd", "pending", "missing", "unreadable"),
    )
)


def clean(text: str) -> str:
    """The cell as it looks: ordinary spaces, letters composed (NFC), nothing unseen, nothing around it."""
    text = _CONTROLS.sub(" ", text)
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", _SPACES.sub(" ", _UNSEEN.sub("", text))).strip()


def read_out(text: str) -> str:
    """What a clean cell says: guards and a page's markup taken off; empty where it only says that there is nothing.

    A cell whose guard was ours is text to the letter, even `'N/A`.
    """
    bare = unguard(text)
    if bare != text and text.startswith("'"):
        return bare
    if text.startswith("'") and has_markup(text[1:]):
        return text[1:]
    if has_markup(bare):
        bare = clean(unescape(_TAG.sub("", bare)))
    return "" if says_nothing(bare := bare.strip()) else bare


def has_markup(text: str) -> bool:
    """Whether a page's markup stands in it: who writes such a text into a list puts an apostrophe in front."""
    return bool(_TAG.search(text) or _ESCAPED.search(text))


def says_nothing(text: str) -> bool:
    """Whether the whole cell is a word for nothing. NA123456 and N/A-100 are none."""
    return text.casefold() in _NOTHING


def is_no_serial(text: str) -> bool:
    """Whether this stands where no serial number is: a firmware's placeholder, or the same sign throughout."""
    letters = "".join(sign for sign in text.casefold() if sign.isalnum())
    return letters in _NO_SERIALS or not letters.strip("0") or (len(letters) > len("xx") and not letters.strip("x"))
