"""Where messages go, and whose they are."""

from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall_wire.topics import Address, Leaf, bucket, parse_topic, topic

PUBLISHERS = st.from_regex(r"[a-z0-9][a-z0-9-]{2,63}", fullmatch=True)
LEAVES: st.SearchStrategy[Leaf] = st.sampled_from(("reports", "state", "acks", "settings"))


def test_a_topic_is_where_it_always_was() -> None:
    assert topic("d-0123456789ab", "reports") == "rollcall/v1/35/d-0123456789ab/reports"
    assert topic("bridge-google", "settings") == "rollcall/v1/23/bridge-google/settings"


@settings(deadline=None)  # machines are busy
@given(publisher=PUBLISHERS)
def test_a_bucket_is_two_digits_below_64(publisher: str) -> None:
    found = bucket(publisher)

    assert len(found) == 2
    assert int(found) == crc32(publisher.encode()) % 64


@settings(deadline=None)  # machines are busy
@given(publisher=PUBLISHERS, leaf=LEAVES)
def test_a_topic_is_read_as_it_was_written(publisher: str, leaf: Leaf) -> None:
    assert parse_topic(topic(publisher, leaf)) == Address(publisher, leaf, has_own_bucket=True)


def test_another_publishers_bucket_is_noticed() -> None:
    written = topic("d-0123456789ab", "reports").replace("/35/", "/40/")

    assert parse_topic(written) == Address("d-0123456789ab", "reports", has_own_bucket=False)


@pytest.mark.parametrize(
    "text",
    ["", "rollcall", "rollcall/v2/00/d-1/reports", "rollcall/v1/00/d-1", "rollcall/v1/00/d/1/reports", "a/b/c/d/e"],
)
def test_a_foreign_topic_is_no_address(text: str) -> None:
    assert parse_topic(text) is None


def test_buckets_share_a_fleet_evenly() -> None:
    counts = [0] * 64
    for number in range(6_400):
        counts[int(bucket(f"d-{number:012x}"))] += 1

    assert min(counts) > 60
    assert max(counts) < 140
