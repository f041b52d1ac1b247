"""Tells an earlier judging in a page of words: whom it named and for what; the whole of it is JSON."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

NAMED_MAX = 20
"""So many devices of the lists are named; a dossier's reader wants one of them, and the JSON has all."""
_LISTED = "unreliable"


def summarise(run: int, document: str) -> str:
    """The judging that `rollcall judge --show RUN --json` prints, in short."""
    told = json.loads(document)
    return "\n".join(_lines(run, told))


def _lines(run: int, told: Mapping[str, Any]) -> Iterator[str]:
    fleet = told["fleet"]
    yield f"Judging {run} of {told['judged_at']}, by Rollcall {told['code_version']}"
    last = date.fromisoformat(told["facts_until"]) - timedelta(days=1)
    yield f"  facts up to {last.isoformat()}, their fingerprint {told['facts_sha256'][:12]}"
    yield f"  {fleet['devices']:,} devices, {fleet['incidents']:,} incidents, {fleet['history_days']:,} days of record"
    if not fleet["is_enough"]:
        yield "  too little to name anybody by comparison yet"
    by = told["parameters"]
    yield f"  named as unreliable: from {by['threshold']:g} times its peers on, with at most so many names wrong:"
    yield f"  {by['replace_fdr']:.0%} on the list to replace, {by['watch_fdr']:.0%} on the list to watch"
    yield from _found(told["findings"])
    yield from _named(told["findings"])
    for shock in told["shocks"]:
        yield (
            f"  charged to nobody: {shock['incidents']:,} {shock['channel']} incidents of {shock['model']} with "
            f"version {shock['version']}, {shock['from_on']} to {shock['until_on']} (usual: {shock['usual']:g})"
        )
    yield f"\nAll of it, byte for byte as it was made: rollcall judge --show {run} --json"


def _found(findings: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[str]:
    counts = Counter((one["verdict"], one["finding"]) for found in findings.values() for one in found)
    yield f"\n{'VERDICT':<12}{'FINDING':<24}{'DEVICES':>8}" if counts else "\nNothing was found."
    for (verdict, finding), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{verdict.replace('_', ' '):<12}{finding.replace('_', ' '):<24}{count:>8,}"


def _named(findings: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[str]:
    named = [(name, one) for name, found in findings.items() for one in found if one["finding"] == _LISTED]
    if named:
        yield "\nNamed as unreliable:"
    for name, one in named[:NAMED_MAX]:
        yield f"  {name}: {one['sentence']}"
    if len(named) > NAMED_MAX:
        yield f"  … and {len(named) - NAMED_MAX:,} more"
