"""Writes a judging down so that it can be printed again, byte for byte, when somebody asks what it was based on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from rollcall_collector.judge.failures.channel import ChannelJudgement
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.starts.baseline import StartupRule
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.fleet import FleetHistory

FORM = 3
"""The version of the document's form."""
_EPOCH = date(1970, 1, 1)


def freeze(
    judged: WholeJudgement,
    history: FleetHistory,
    findings: Mapping[str, Sequence[Finding]],
    *,
    parameters: Parameters,
    judged_at: datetime,
    code_version: str,
    digest: str,
    shocks: Sequence[Mapping[str, Any]],
) -> str:
    """The document: inputs' fingerprint, parameters, spreads, peers' monthly rates, what was found of whom.

    JSON with sorted keys; figures to six places. `findings` is by device id, `shocks` as `tell_shocks` names them.
    """
    failures = judged.failures
    told = {
        "form": FORM,
        "judged_at": judged_at.astimezone(UTC).isoformat(timespec="seconds"),
        "code_version": code_version,
        "facts_until": (_EPOCH + timedelta(days=history.until_day - 1)).isoformat(),
        "facts_sha256": digest,
        "parameters": asdict(parameters),
        "startup_rule": asdict(StartupRule()),
        "fleet": {
            "devices": int(judged.arrays.in_service.sum()),
            "incidents": failures.incident_count,
            "history_days": failures.history_days,
            "is_enough": failures.is_enough,
            "on_the_replace_list": int(failures.replace.sum()),
            "on_the_watch_list": int(failures.watch.sum()),
        },
        "channels": {name: _channel(one) for name, one in failures.channels.items()},
        "shocks": [dict(one) for one in shocks],
        "findings": {
            device: [asdict(one) for one in sorted(found, key=lambda one: one.finding)]
            for device, found in findings.items()
            if found
        },
    }
    return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def tell_shocks(judged: WholeJudgement, history: FleetHistory) -> tuple[Mapping[str, Any], ...]:
    """What struck whole models, by their names, days as ISO dates."""
    return tuple(
        {
            "channel": shock.channel,
            "platform": history.devices.platform[place],
            "model": history.devices.model[place],
            "from_on": _day(shock.from_day),
            "until_on": _day(shock.until_day),
            "devices": shock.devices,
            "incidents": shock.incidents,
            "usual": round(shock.usual, 1),
            "version": None if shock.version is None else history.starts.versions[shock.version],
        }
        for shock in judged.shocks
        for place in (int(np.flatnonzero(judged.arrays.levels[1] == shock.group)[0]),)
    )


def _channel(one: ChannelJudgement) -> dict[str, Any]:
    """The devices' spread, the gap between troubles, each level of peers' mean rates a year by cohort and month."""
    return {
        "spread": one.spread.tell(),
        "gap_days": one.gap_days,
        "observed": int(one.observed.sum()),
        "expected": round(float(one.expected.sum()), 3),
        "yearly_rates": [
            None if rates is None else np.round(rates.by_bin, 6).tolist() for rates in one.expectation.rates
        ],
    }


def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()
