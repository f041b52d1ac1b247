"""What a verb is: its name, its help, its arguments, and what it does."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from rollcall_collector.config import CollectorSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Verb:
    """One verb of the command line. `run` returns the exit status."""

    name: str
    help: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, CollectorSettings], int]
