"""Amounts of money mean what people mean by them; what could mean two things is asked about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall_collector.errors import AmountError
from rollcall_collector.procurement.amount import read_amount


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("40000", 40_000),
        ("40,000", 40_000),
        ("40.000", 40_000),
        ("40 000", 40_000),
        ("40\u00a0000", 40_000),
        ("40\u202f000", 40_000),
        ("40'000", 40_000),
        ("40\u2019000", 40_000),
        ("€40000", 40_000),
        ("€ 40.000", 40_000),
        ("40 000 €", 40_000),
        ("EUR 40,000.00", 40_000),
        ("40.000,00 EUR", 40_000),
        ("$40,000", 40_000),
        ("US$40,000", 40_000),
        ("£1,250.50", 1_250.5),
        ("CHF 40'000.-", 40_000),
        ("40 000 kr", 40_000),
        ("40k", 40_000),
        ("40 K", 40_000),
        ("€40k", 40_000),
        ("40k €", 40_000),
        ("2.5k", 2_500),
        ("2,5k", 2_500),
        ("1.2 Mio", 1_200_000),
        ("1,234,567", 1_234_567),
        ("1.234.567,89", 1_234_567.89),
        ("1 234 567", 1_234_567),
        ("40.00", 40),
        ("349,90", 349.9),
        ("39999.5", 39_999.5),
        ("0", 0),
        (" 40000 ", 40_000),
        ("40000,-", 40_000),
        ("40,", 40),
    ],
)
def test_an_amount_means_what_people_mean(written: str, amount: float) -> None:
    assert read_amount(written) == amount


@pytest.mark.parametrize(
    "written",
    [
        *("", "lots", "-5", "4,00,000", "40,0000", "1.234,567", "1,234.567", "0.500", "1.234k", "40 00", "1e5", "nan"),
        *("inf", "40000.000", "1,2,3", "€", "k", "4 0 0", "9" * 40, "40,000,00", "40000 40000", "40%"),
    ],
)
def test_what_is_not_clear_is_asked_about(written: str) -> None:
    with pytest.raises(AmountError, match="write it like 40000"):
        read_amount(written)


@given(amount=st.integers(0, 10**11), mark=st.sampled_from([",", ".", " ", "'", "\u202f"]))
def test_whole_amounts_survive_every_way_of_grouping(amount: int, mark: str) -> None:
    written = f"{amount:,}".replace(",", mark)

    assert read_amount(written) == amount
