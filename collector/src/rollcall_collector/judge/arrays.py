"""The shapes of numbers the judge counts with: whole numbers, fractions, yes-or-no, one entry a device or failure."""

from array import array
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
DAYS_A_YEAR = 365.25


def as_ints(column: "array[int]") -> Ints:
    """A column of the store as an array, without a copy and as narrow as it is."""
    return np.frombuffer(column, dtype=column.typecode) if len(column) else np.zeros(0, dtype=column.typecode)


def as_floats(column: "array[float]") -> Floats:
    """The same of fractions."""
    return np.frombuffer(column, dtype=column.typecode) if len(column) else np.zeros(0, dtype=column.typecode)


def wide(values: Ints) -> Ints:
    """Whole numbers with room to multiply."""
    return values.astype(np.int64)


def narrow(values: Ints) -> Ints:
    """Whole numbers below two thousand million in half the room."""
    return values.astype("i4")
