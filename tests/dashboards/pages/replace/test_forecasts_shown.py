"""Beside a forecast stands how good such forecasts were, on every page that shows one."""

from rollcall_collector.judge.forecast_record import ForecastRecord, PastForecast
from rollcall_collector.judging.forecasts import keep_forecasts, read_forecasts
from tests.support.browsing import PAGES, Served
from tests.support.reading import read_page, words_of

PAST = (
    PastForecast(days_ago=180, foretold=150.0, came=200),
    PastForecast(days_ago=360, foretold=318.0, came=300),
)


def test_level_range_and_missing_dates_stand_beside_the_forecast(served: Served) -> None:
    with served.engine.begin() as connection:
        judged = read_forecasts(connection)
        keep_forecasts(connection, ForecastRecord(past=PAST, devices=100, undated=40))

    pages = [words_of(read_page(served, address)) for address in ("/replace", PAGES["device"], PAGES["dossier"])]

    assert judged is not None, "a night keeps what its forecasts were worth"
    for words in pages:
        assert "Made a year ago for the whole fleet, this forecast would have said 1.1 times what came since" in words
        assert "0.75 to 1.1 times" in words
        assert "Of 40 % of the devices the purchase date is not known" in words
    with served.engine.begin() as connection:
        keep_forecasts(connection, judged)


def test_where_too_little_is_on_record_that_is_said(served: Served) -> None:
    with served.engine.begin() as connection:
        judged = read_forecasts(connection)
        keep_forecasts(connection, ForecastRecord(past=(), devices=100, undated=0))

    words = words_of(read_page(served, PAGES["device"]))

    assert "How good such forecasts are here cannot be said yet" in words
    assert "purchase date is not known" not in words
    with served.engine.begin() as connection:
        assert judged is not None
        keep_forecasts(connection, judged)
