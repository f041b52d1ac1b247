"""What one incident costs in lesson minutes, by its kind: a table that every school may fill in anew."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

Minutes = Annotated[float, Ge(0), Le(1_000)]


@dataclass(frozen=True, kw_only=True, slots=True)
class MinutesTable:
    """Minutes of one pupil's lesson that one incident costs. All are assumptions for a lesson of 45 minutes.

    The section [minutes] of the settings. hardware and storage: the rest of the lesson, half of one on average, and
    most of the next until a loaner is there; a disk often warns first. crash: restart, sign in, do the lost part
    again. battery: look for a charger or share a screen. memory: close things and load them again. thermal: a quarter
    of an hour at half speed. network: connect again. update: it runs into the lesson, and once more.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    hardware: Minutes = 60.0
    crash: Minutes = 10.0
    storage: Minutes = 45.0
    battery: Minutes = 10.0
    memory: Minutes = 5.0
    thermal: Minutes = 8.0
    network: Minutes = 5.0
    update: Minutes = 15.0

    def of(self, channel: str) -> float:
        """Minutes for one incident of this kind; a kind that is not judged costs none."""
        return float(getattr(self, channel)) if channel in self.__slots__ else 0.0
