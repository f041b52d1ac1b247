"""Knows the months by name in English, German, French, Dutch, Italian, Spanish and Portuguese, whole or shortened."""

import unicodedata

_STARTS = (
    ("jan", "jän", "gen", "ene"),
    ("feb", "fév", "fev"),
    ("mar", "mär", "mrz", "mrt", "maa"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mei", "mag"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aoû", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "déc", "dez", "dic"),
)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if letter.isalpha())


_MONTHS = {_plain(start): month for month, starts in enumerate(_STARTS, start=1) for start in starts}


def month_of(name: str) -> int | None:
    """The month's number, from its first three or four letters; None for what is no month."""
    plain = _plain(name)
    return _MONTHS.get(plain[:4], _MONTHS.get(plain[:3]))
