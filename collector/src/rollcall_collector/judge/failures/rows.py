"""The rows that are measured by their peers: devices, or each device with each version of its system."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Floats, Ints
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.expected import Expectation, count_cells, expect
from rollcall_collector.judge.failures.exposure import Exposure
from rollcall_collector.judge.failures.shock_cells import CohortCells
from rollcall_collector.judge.failures.versions import VersionSplit
from rollcall_collector.judge.parameters import Parameters


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What is measured by its peers: devices, or each device with each version of its system."""

    exposure: Exposure
    peers: Peers
    owner: Ints
    split: VersionSplit | None
    closest: Ints | None

    @classmethod
    def of(cls, exposure: Exposure, peers: Peers, split: VersionSplit | None) -> "Rows":
        """A row a device, or those of the split."""
        if split is None:
            owner = np.arange(len(exposure))
            return cls(exposure=exposure, peers=peers, owner=owner, split=None, closest=peers.closest)
        return cls(exposure=split.exposure, peers=split.peers, owner=split.owner, split=split, closest=peers.closest)

    @property
    def now(self) -> Ints:
        """The row of each device's latest month."""
        return self.owner if self.split is None else self.split.row_of[:, 0]

    def count(self, device: Ints, bins: Ints) -> tuple[CohortCells | None, ...]:
        """What each level of peers counts, given every incident's device and bin."""
        row = device if self.split is None else self.split.row_of[device, bins]
        return count_cells(self.exposure, self.peers, row, bins)

    def expect(
        self,
        cells: Sequence[CohortCells | None],
        parameters: Parameters,
        *,
        own: Exposure | None = None,
        times: Floats | None = None,
    ) -> Expectation:
        """What each row's peers let expect, given what they `count`.

        `times`: by how much each device's days weigh more than a day elsewhere.
        """
        whole = self.exposure
        if times is not None:
            weight = times[self.owner][:, None].astype(np.float32)
            whole = whole * weight
            own = None if own is None else own * weight
        return expect(
            whole,
            self.peers,
            cells,
            own=own,
            smoothing=parameters.smoothing,
            shock_ratio=parameters.shock_ratio,
            shock_devices=parameters.shock_devices,
        )

    def monthly(self, found: Expectation, exposure: Exposure) -> Floats:
        """(devices, bins): what is expected month by month, from the rates by which each row is measured.

        One month after the other: rows are many, and devices fewer.
        """
        measured = [
            (np.flatnonzero(self.peers.chosen == level), code, rates)
            for level, (code, rates) in enumerate(zip(self.peers.levels, found.rates, strict=True))
            if rates is not None
        ]
        months = []
        for month in range(exposure.shape[1]):
            rows = np.zeros(len(exposure))
            for here, code, rates in measured:
                rows[here] = rates.by_bin[code[here], month] * exposure[here, month] / DAYS_A_YEAR
            months.append(self.by_device(rows))
        return np.stack(months, axis=1)

    def by_device(self, figures: Floats) -> Floats:
        """Figures of rows, along the first axis, added up by device."""
        if self.split is None:
            return figures
        devices = len(self.split.row_of)
        flat = figures.reshape(len(figures), -1)
        summed = [np.bincount(self.owner, weights=one, minlength=devices) for one in flat.T]
        return np.stack(summed, axis=1).astype(np.float64).reshape(devices, *figures.shape[1:])
