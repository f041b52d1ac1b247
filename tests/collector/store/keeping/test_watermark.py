"""A watermark knows every number that is settled, and stays small whatever comes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall_collector.store.keeping import Watermark

EPOCH = "00112233aabbccdd"


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), max_size=120), st.integers(0, 5))
def test_a_watermark_knows_exactly_what_was_settled(seqs: list[int], span: int) -> None:
    mark = Watermark(publisher=1, epoch=EPOCH)
    known: set[int] = set()

    for seq in seqs:
        assert mark.take(seq) == (seq not in known)
        known.add(seq)
        if seq % 7 == 0:
            mark.take_range(seq, seq + span)
            known |= set(range(seq, seq + span + 1))

    again = Watermark(publisher=1, epoch=EPOCH, upto=mark.upto, ranges=mark.ranges)
    assert {seq for seq in range(1, 80) if again.has(seq)} == known


def test_a_watermark_stays_small_whatever_is_sent() -> None:
    mark = Watermark(publisher=1, epoch=EPOCH)

    for seq in range(2, 10_000, 2):
        mark.take(seq)

    assert len(mark.ranges) < 20_000
    assert mark.has(9_998)
    assert not mark.has(9_999)
