"""Runs the benchmarks named on the command line, or all of them: `make bench ARGS="ingest footprint"`."""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
KNOWN = sorted(path.stem for path in HERE.glob("[a-z]*.py"))


def main() -> int:
    """Run each benchmark's `main()` in turn; an unknown name lists the known ones."""
    chosen = sys.argv[1:] or KNOWN
    unknown = [name for name in chosen if name not in KNOWN]
    if unknown:
        print(f"unknown benchmark {', '.join(unknown)}: choose from {', '.join(KNOWN)}")
        return 2
    for name in chosen:
        print(f"\n=== {name}")
        importlib.import_module(f"tests.benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
