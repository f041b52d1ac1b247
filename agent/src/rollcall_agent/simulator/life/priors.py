"""How often school devices really fail, fade and start slowly: the numbers the make-believe fleet is drawn from.

Each number names its source; [A] marks an assumption where no source was found. Rates are a year of school use,
which is about `ACTIVE_DAYS_A_YEAR` active days.
"""

from rollcall_wire.codes import Channel, Platform

ACTIVE_DAYS_A_YEAR = 150.0
"""About 175 school days, each device used on 85 in 100 of them [A]."""

CRASHES_A_YEAR: dict[Platform, float] = {
    "windows": 0.9,
    "linux": 0.5,
    "macos": 0.35,
    "chromeos": 0.4,
    "ipados": 0.0,
}
"""Stop errors and panics. Intune's norm is "less than 2 stop errors a device and year" (restart-frequency.md); split
over the platforms [A]. No management route tells of an iPad's crashes: none is ever reported."""

HARDWARE_A_YEAR: dict[str, tuple[float, float]] = {
    "laptop": (0.15, 0.0233),  # Gartner: 15 % in year 1 to 22 % in year 4
    "desktop": (0.05, 0.0233),  # Gartner: 5 % to 12 %
    "netbook": (0.065, 0.012),  # SquareTrade 2009: under $400, 25.1 % in three years
    "tablet": (0.03, 0.0),  # Incident IQ district story: 9 % repairs in three years
}
"""Malfunctions in the first year, and how much the rate grows with each further year (up to the fourth)."""

LEMON_SHARE = 0.05
LEMON_THETA = (3.0, 8.0)
"""5 % of devices fail 3 to 8 times as often as their model: the reference simulations take 4 times; Microsoft's
950,000 machines (EuroSys 2011: 1 in 190 crashes once, of those 1 in 3.3 again) imply far more."""
GAMMA_SHAPE = 1.5
"""LANL's fitted shapes are 1.5 to 2.6."""
LOGNORMAL_SIGMA = 0.8
"""[A] A misspecified prior for the judge: as wide as the gamma one."""
MODEL_SPREAD = 0.25
"""Best makes under 16 %, worst 25.6 % in three years (SquareTrade): models differ by about 25 %."""

REPEATS = 0.35
"""Share of incidents recorded more than once within their 72 hours. EuroSys 2011: 84 % of repeats come within
10 days; one storage slot at Alpine logged 20 tickets for one fault."""
BAD_UPDATE_INCIDENTS_A_DAY = 1.5 / 20
"""The reference's cohort shock: 1.5 incidents a device in a month of about 20 school days."""
BAD_UPDATE_BOOT_FACTOR = 1.3

DYING_DISK_A_YEAR: dict[str, float] = {"hdd": 0.016, "sata": 0.011, "nvme": 0.011, "emmc": 0.0}
"""Backblaze: hard disks 1.4 to 1.7 %, SSDs 0.9 to 1.2 % a year. No route reads a Chromebook's or iPad's eMMC."""
OLD_SECTORS = 0.042
"""Backblaze: 4.2 % of working drives have a non-zero critical attribute that does not grow."""

DAMAGE_A_YEAR_MEDIAN = 0.10
DAMAGE_A_YEAR_SIGMA = 0.7
DAMAGE_TAKE_HOME = 3.0
"""Districts report 3 % to 42 % a year: lognormal between districts; three times that where pupils take them home."""
DAMAGE_CODES = (("screen", 55), ("keyboard", 15), ("port", 12), ("case", 10), ("liquid", 5), ("other", 3))
"""Open Repair and Beaufort's 3,200 cracked screens: mostly screens."""

HARDWARE_CODES: dict[str, tuple[tuple[Channel, str, int], ...]] = {
    "pc": (
        ("hardware", "machine_check", 28),  # Open Repair: mainboard and performance
        ("hardware", "memory_corrected", 17),
        ("hardware", "pcie_error", 15),
        ("thermal", "overheated", 14),  # overheating 4.2 % of 2,531 laptops, fans and dust
        ("hardware", "clock_reset", 10),
        ("hardware", "component", 16),  # ports, keyboard
    ),
    "chromeos": (("hardware", "component", 60), ("thermal", "overheated", 40)),
    "ipados": (("hardware", "component", 70), ("update", "update_failed", 30)),
}
"""Which channel and code a malfunction is recorded under, with weights after Open Repair's fault mix."""

POWER_HELD_A_YEAR = 0.5
"""Pupils hold the power button; Microsoft: rarer than stop errors."""
POWER_LOST_A_YEAR = 0.3
"""[A] Pulled plugs and hard hangs; desktops have no battery to bridge them and lose power twice as often."""

BOOT_SD_DEVICE = 0.20
"""[A] Between devices of one model, of the logarithm; with the models' medians it makes the fleet's 0.48."""
BOOT_SD_DAY = 0.20
BOOT_HEAVY_TAIL = 0.06
"""Within a device: sd 0.20 of the logarithm, and 6 % heavy-tailed starts."""
SLOW_SHARE = 0.03
SLOW_STEP = 1.6
SLOW_RAMP_DAYS = 60
"""3 % of devices turn slow in the year, half at once by 1.6, half by a ramp."""
UPDATE_BOOT_FACTORS = {3: 1.25, 6: 1.10}
"""Two updates in a year slow every start: +25 % and +10 %, staggered over the fleet."""
UPDATE_LAG_DAYS = 4.0
"""[A] Mean days until a device takes an update; none later than 14."""

CYCLES_A_DAY = 0.6
"""[A] Four lessons of 45 minutes take a good half of a charge."""
FADE_SPREAD = 0.18
"""[A] Between batteries of one model, of the logarithm of cycles to 80 %."""
FADING_SHARE = 0.04
FADING_FACTOR = 0.55
"""[A] 4 % of batteries age almost twice as fast."""
KNEE = 0.80
KNEE_FACTOR = 3.0
"""Below about 80 % a battery falls off faster; never extrapolate past it."""

FORGOTTEN_CABLE = 0.03
"""[A] One night in thirty a device is not charged."""
CHARGING_PERCENT_AN_HOUR = 55.0
"""A Chromebook with a charger of 45 W takes 60 % an hour, one of 15.75 W is full in 2.5 hours; below the taper [A]."""
TURNS = 3
CARTS_IN_TURN = 0.25
"""[A] Each fourth cart charges a third of its slots at a time."""
DARK_NIGHT = 0.02
"""[A] One night in fifty a whole cart has no power: its plug, its timer, its switch."""
CHARGED_BY_DAY = 0.5
"""[A] Between two lessons half of what is put back finds power, if its place had some at night."""
EMPTY_PERCENT = 2.0
WORN = 0.60
"""Intune: under 60 % of design a battery is "most impacted"."""

CART_KEPT = 0.9
"""[A] A cart's weekly timetable is kept nine times of ten."""
USED_FROM_CART = 0.93
"""[A] One in fourteen devices stays in its slot when its cart is out."""
USED_ALONE = 0.88
"""[A] A device with its own place is used on 88 of 100 school days."""
VITALS_AT_NOON = 0.35
"""[A] Share of active days long ago with a second reading: economy, not truth."""
WHOLE_DAYS = 21
"""Days before the first run from which on every reading is told, as real agents do: what carts are judged by."""

LOST_A_YEAR = 0.01
"""[A] Devices that fall silent for good: lost, stolen, in a drawer (districts report up to 13.9 %)."""
