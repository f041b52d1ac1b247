"""The words of the pages, ready for translation: English until a translation is handed in."""

from gettext import NullTranslations

_translations = NullTranslations()


def translate(text: str, /, **values: object) -> str:
    """The text in the reader's language, its `%(name)s` places filled."""
    said = _translations.gettext(text)
    return said % values if values else said


def translate_count(one: str, many: str, count: int, /, **values: object) -> str:
    """The form for one or for many; `%(num)s` is the count."""
    return _translations.ngettext(one, many, count) % {"num": count, **values}
