"""A server's certificate is looked at as a device sees it, and taken anew once it and its key fit together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rollcall_collector.broker.listening import Tls
from rollcall_collector.errors import CertificateError
from rollcall_collector.identity.certificate import Life, Renewal, shown_by
from tests.support.brokers.certificates import make_certificates, sign_again
from tests.support.brokers.either import running_broker
from tests.support.identities import new_store

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return new_store(tmp_path)


def _life(*, of_days: int, left_days: float) -> Life:
    ends_at = NOW + timedelta(days=left_days)
    return Life(begins_at=ends_at - timedelta(days=of_days), ends_at=ends_at)


def test_its_end_is_told_two_weeks_before_or_in_the_last_third_of_a_short_life() -> None:
    told = {
        (days, left): _life(of_days=days, left_days=left).trouble(NOW)[:38]
        for days, left in ((397, 15), (397, 13), (397, -1), (6, 3), (6, 1))
    }

    assert told == {
        (397, 15): "",
        (397, 13): "the broker's certificate ends at 2026-",
        (397, -1): "the broker's certificate ended at 2026",
        (6, 3): "",
        (6, 1): "the broker's certificate ends at 2026-",
    }


def test_what_a_broker_shows_is_read_also_after_its_end_and_must_be_of_the_schools_authority(
    engine: Engine, tmp_path: Path
) -> None:
    school, stranger = tmp_path / "school", tmp_path / "stranger"
    for folder in (school, stranger):
        folder.mkdir()
        make_certificates(folder)
    sign_again(school, ends_at=NOW - timedelta(days=400))
    tls = Tls(certificate=school / "server.pem", key=school / "server.key")

    with running_broker("embedded", engine, tmp_path, tls=tls) as broker:
        shown = shown_by(broker.host, broker.port, school / "ca.pem")
        with pytest.raises(CertificateError, match="no device trusts it"):
            shown_by(broker.host, broker.port, stranger / "ca.pem")

    assert shown is not None
    assert shown.ends_at == NOW - timedelta(days=400)
    assert shown_by(broker.host, broker.port, school / "ca.pem") is None


def test_a_certificate_is_taken_once_it_fits_its_key(tmp_path: Path) -> None:
    school, stranger = tmp_path / "school", tmp_path / "stranger"
    for folder in (school, stranger):
        folder.mkdir()
        make_certificates(folder)
    renewal = Renewal(school / "server.pem", school / "server.key")

    still = renewal.is_due()
    (school / "server.pem").write_bytes((stranger / "server.pem").read_bytes())
    half_copied = renewal.is_due()
    (school / "server.key").write_bytes((stranger / "server.key").read_bytes())
    whole, again = renewal.is_due(), renewal.is_due()

    assert (still, half_copied, whole, again) == (False, False, True, False)
