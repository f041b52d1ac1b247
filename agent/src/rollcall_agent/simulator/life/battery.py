"""A make-believe battery: how full it is, what it still holds, and how it fades."""

from random import Random

from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.device import Device


class BatteryWear:
    """Fades with every cycle, faster below the knee; used up by lessons, charged in its cart."""

    def __init__(self, device: Device, design_wh: float) -> None:
        self._cycles_to_80 = device.nature.cycles_to_80
        self._watts = device.model.draw_watts
        self.design_wh = design_wh
        self.cycles = device.nature.cycles_at_first
        self.level = 100.0

    @property
    def health(self) -> float:
        """What it holds when full, as a share of what it held when new; never under 0.3."""
        used = self.cycles / self._cycles_to_80
        if used <= 1.0:
            return 1.0 - (1.0 - priors.KNEE) * used
        return max(0.3, priors.KNEE - (1.0 - priors.KNEE) * priors.KNEE_FACTOR * (used - 1.0))

    def charge(self, hours: float, percent_an_hour: float, random: Random) -> None:
        """So many hours at a charger of this speed, to nearly full at most."""
        full = 97.0 + 3.0 * random.random()
        self.level = max(self.level, min(full, self.level + hours * percent_an_hour))

    def draw(self, seconds: float, random: Random) -> bool:
        """Use it for so long. True where it ran empty and the device stopped."""
        spent = self._watts * seconds / 3600 * (0.8 + 0.4 * random.random()) / (self.health * self.design_wh)
        self.level -= 100.0 * spent
        self.cycles += min(spent, 1.0)
        if self.level > priors.EMPTY_PERCENT:
            return False
        self.level = priors.EMPTY_PERCENT
        return True
