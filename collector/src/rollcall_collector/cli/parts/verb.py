"""What a verb is: its name, its arguments, and what it does."""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the settings load pydantic, and a `--help` needs none
    from rollcall_collector.config import CollectorSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Syntax:
    """How one verb of the command line is written. `stays`: it runs until it is stopped, and other verbs find it."""

    name: str
    configure: Callable[[argparse.ArgumentParser], None]
    stays: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Verb:
    """One verb, ready to work. `run` returns the exit status."""

    name: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, "CollectorSettings"], int]


def verbs_of(
    syntax: Iterable[Syntax], *runs: Callable[[argparse.Namespace, "CollectorSettings"], int]
) -> tuple[Verb, ...]:
    """What is written, each with what it does, in the same order."""
    return tuple(Verb(name=one.name, configure=one.configure, run=run) for one, run in zip(syntax, runs, strict=True))
