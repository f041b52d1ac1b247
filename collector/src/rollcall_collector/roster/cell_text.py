"""What a cell says once a program's own signs are taken off: guards, no-break spaces, links, words for nothing."""

import re
import unicodedata
from html import unescape

from rollcall_collector.sheets.csv_cells import unguard
from rollcall_wire.placeholders import is_identity, says_what_should_stand

# zero-width signs and joiners, direction marks, soft hyphens, byte order marks, fillers, selectors: seen by no one, no
# part of a name
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e0fff]"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000]")
_HYPHENS = re.compile("[\u2010\u2011]")  # a word processor's, which look like the one on the keyboard
_CONTROLS = re.compile(r"[\x01-\t\x0b\x0c\x0e-\x1f\x7f\x85]")
_DOUBLED = re.compile(" {2,}")
# older Snipe-IT writes its tables as they stand on the page: links, bold names, an ampersand as &amp;
_TAG = re.compile(r"</?(?:a|b|br|div|em|i|img|p|small|span|strong|u)\b[^<>]*>", re.IGNORECASE)
_ESCAPED = re.compile("&(?:amp|lt|gt|quot|apos|nbsp|#0?39);", re.IGNORECASE)
_NOTHING = frozenset(
    word.casefold()
    for word in (
        *("n/a", "na", "n.a.", "n.a", "n/a.", "n-a", "n a"),
        *("none", "null", "nil", "nan", "undefined", "unknown", "not available", "not applicable", "not set", "tbd"),
        *("tba", "tbc", "n/k", "not known", "not specified", "unspecified", "blank", "empty", "leer", "vide", "leeg"),
        *("void", "ditto", "same", "error", "vacant", "see above", "see notes", "system.object"),
        *("vuoto", "vacío", "vacio", "vazio", "no", "nein"),
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
_ERROR = re.compile(r"#(?:[¡¿]?[\w/]+[!?]|[A-Z]/?[A-Z])|Loading\.\.\.", re.IGNORECASE)
"""What a spreadsheet writes where a formula failed, in its own language: #REF!, #¡VALOR!, #NV, #BEZUG!, #N/D."""
_NEGATED = re.compile(
    r"(?:no|not|non|none|without|nicht|noch|kein\w*|ohne|pas|sans|aucune?|geen|niet|zonder|nessun\w*|senza"
    r"|sin|ning\w+|sem|nenhuma?|não) [^\d]+",
    re.IGNORECASE,
)
_COUNTING_MIN = 9  # 123456789; shorter ones may be a school's own
_SIGNS = " ?.*_/\\~-\u2013\u2014\u2212\u2026[]{}()\"'"
_NO_SERIALS = frozenset(
    (
        *("oem", "pending", "missing", "lost", "unreadable", "illegible", "sn", "test", "true", "false", "nothing"),
        *("untagged", "unkown", "kein", "ohne", "unleserlich", "fehlt", "sans", "illisible", "manquant", "ontbreekt"),
        *("mancante", "falta"),
    )
)


def clean(text: str) -> str:
    """The cell as it looks: ordinary spaces, letters composed (NFC), nothing unseen, nothing around it."""
    text = _CONTROLS.sub(" ", text)
    if not text.isascii():
        text = _HYPHENS.sub("-", _SPACES.sub(" ", _UNSEEN.sub("", text)))
        text = unicodedata.normalize("NFC", text)
    return _DOUBLED.sub(" ", text).strip()


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
    """Whether the whole cell is signs alone or a word for nothing, also in brackets. NA123456 and N/A-100 are none."""
    bare = re.sub(r" ?[/\\] ?", "/", text.casefold()).strip("()[]<>{}*'\" ")
    return bare in _NOTHING or not text.strip(_SIGNS) or _ERROR.fullmatch(text) is not None


def is_no_name(text: str) -> bool:
    """Whether this says that there is none, like "no cart" or "ohne Nummer"."""
    return _NEGATED.fullmatch(text) is not None


def is_no_tag(text: str) -> bool:
    """Whether this stands where no number is: a word for it, a firmware's placeholder, one sign throughout."""
    letters = "".join(sign for sign in text.casefold() if sign.isalnum())
    is_filler = letters in _NO_SERIALS or says_what_should_stand(letters)
    is_one_sign = not letters.strip("0") or (len(set(letters)) == 1 and len(letters) > len("xx"))
    return is_no_name(text) or is_filler or (bool(letters) and is_one_sign)


def is_no_serial(text: str) -> bool:
    """The same of a serial number, which is no words and no counting: its maker wrote it, not the school."""
    is_words = " " in text and not any(sign.isdigit() for sign in text)
    is_long_number = len(text) >= _COUNTING_MIN and text[0].isdecimal()
    return is_words or is_no_tag(text) or (is_long_number and not is_identity(text))
