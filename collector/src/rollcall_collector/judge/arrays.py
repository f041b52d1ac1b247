"""The shapes of numbers the judge counts with: whole numbers, fractions, yes-or-no, one entry a device or failure."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
DAYS_A_YEAR = 365.25
