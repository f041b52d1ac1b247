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
    """A column of the store as an array, without a copy."""
    return np.frombuffer(column, dtype=np.int64) if len(column) else np.zeros(0, dtype=np.int64)


def as_floats(column: "array[float]") -> Floats:
    """A column of the store as an array, without a copy."""
    return np.frombuffer(column, dtype=np.float64) if len(column) else np.zeros(0)
