"""What a repair mends."""

from typing import Literal

Part = Literal["battery", "disk", "fan", "slow start"]
