"""Keeps how good the fleet's forecasts were so far, as of the last judging, for pages to say beside a forecast."""

import json
from dataclasses import asdict

import numpy as np
from pydantic import TypeAdapter
from sqlalchemy import Connection

from rollcall_collector.judge.arrays import as_ints
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.forecast_record import ForecastRecord, say_forecasts
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.past_forecasts import past_forecasts
from rollcall_collector.model.fleet import UNKNOWN, FleetHistory
from rollcall_collector.model.judgement import ANY
from rollcall_collector.store.kept_settings import get_setting, put_setting

_NAME = "judge.past_forecasts"
_RECORD = TypeAdapter(ForecastRecord)


def look_back(judged: WholeJudgement, history: FleetHistory, parameters: Parameters) -> ForecastRecord:
    """What forecasts of all kinds of failures together would have been; of how many devices the age is not known."""
    arrays, in_service = judged.arrays, judged.arrays.in_service
    incidents = arrays.incidents.get(ANY) or next(iter(arrays.incidents.values()), None)
    no_year = as_ints(history.devices.purchase_year) == UNKNOWN
    return ForecastRecord(
        past=()
        if incidents is None
        else past_forecasts(
            arrays.exposure, arrays.levels, incidents, until_day=history.until_day, parameters=parameters
        ),
        devices=int(np.count_nonzero(in_service)),
        undated=int(np.count_nonzero(in_service & no_year)),
    )


def keep_forecasts(connection: Connection, found: ForecastRecord) -> None:
    """In place of those of the judging before."""
    put_setting(connection, _NAME, json.dumps(asdict(found)))


def read_forecasts(connection: Connection) -> ForecastRecord | None:
    """Those of the last judging; None before the first."""
    kept = get_setting(connection, _NAME)
    return None if kept is None else _RECORD.validate_json(kept)


def say_kept_forecasts(connection: Connection) -> str | None:
    """What is said beside every forecast on a page; None before the first judging."""
    found = read_forecasts(connection)
    return None if found is None else say_forecasts(found)
