"""The rows that are measured by their peers: devices, or each device with each version of its system."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.expected import Expectation, expect
from rollcall_collector.judge.failures.exposure import Exposure
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

    def expect(
        self,
        device: Ints,
        bins: Ints,
        parameters: Parameters,
        *,
        own: Exposure | None = None,
        times: Floats | None = None,
    ) -> Expectation:
        """What each row's peers let expect, given every incident's device and bin.

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
            device if self.split is None else self.split.row_of[device, bins],
            bins,
            own=own,
            smoothing=parameters.smoothing,
            shock_ratio=parameters.shock_ratio,
            shock_devices=parameters.shock_devices,
        )

    def by_device(self, figures: Floats) -> Floats:
        """Figures of rows, along the first axis, added up by device."""
        if self.split is None:
            return figures
        devices = len(self.split.row_of)
        flat = figures.reshape(len(figures), -1)
        summed = [np.bincount(self.owner, weights=one, minlength=devices) for one in flat.T]
        return np.stack(summed, axis=1).astype(np.float64).reshape(devices, *figures.shape[1:])
