"""The end of a program in the midst of work, where none is to be killed for it."""


class CutOffError(Exception):
    """What stands for that end."""


def cut_off(*_said: object) -> None:
    """Break off, whatever was said."""
    raise CutOffError
