"""What can go wrong in the collector, by name; each text says the way out."""


class CollectorError(Exception):
    """The base of every error a caller of the collector may want to tell apart."""


class UnknownDeviceError(CollectorError):
    """A device id that nobody enrolled."""

    def __init__(self, device_id: str) -> None:
        super().__init__(f"unknown device '{device_id}': enroll it or fix its id")
        self.device_id = device_id


class SettingsError(CollectorError):
    """A setting that cannot be used."""


class StoreError(CollectorError):
    """The database cannot be used as it is."""


class MoveError(StoreError):
    """A store that a move keeps shut: the one that was left, or the one that is not whole yet."""

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(f"{what}: {way_out}")
        self.what = what
        self.way_out = way_out


class StaleChangeError(CollectorError):
    """An undo of a change that is not the last one any more."""

    def __init__(self) -> None:
        super().__init__("this was changed again since: look at what holds now before you take it back")


class FileSettingError(CollectorError):
    """A setting that people may not change on a page, since the settings file says it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is set in the settings file, which wins: change it there, or take it out")
        self.name = name


class UnknownNameError(CollectorError):
    """A site, cart or flag that is not there; the text names those that are, or where to find them."""


class FlagError(CollectorError):
    """A decision that the flag's state does not allow, or that lacks what it needs."""


class ReasonError(FlagError):
    """A dismissal or a postponement without its reason."""

    def __init__(self, action: str) -> None:
        super().__init__(f"say why: to {action} a flag needs a reason, for whoever asks next year")
        self.action = action


class TooManyComplaintsError(CollectorError):
    """So many complaints of one cart stand open that no more is taken before a technician closes some."""

    def __init__(self) -> None:
        super().__init__("several devices of this cart are said to be broken already: tell the technician yourself")


class CertificateError(CollectorError):
    """A certificate with which no device comes in, or soon none."""


class BackupError(CollectorError):
    """A backup that cannot be written, or a file that cannot be restored."""


class RecordsError(CollectorError):
    """A file of records that cannot be read as it is; the text names the file and the line."""


class RosterError(CollectorError):
    """A list of devices that cannot be opened at all; what is wrong inside it is a value, not an error."""


class PlanError(CollectorError):
    """A question about the budget that cannot be answered as it is asked; the text says what to ask instead."""


class AmountError(PlanError):
    """An amount of money that can be read in two ways, or in none."""

    def __init__(self, written: str) -> None:
        super().__init__(f"'{written[:40]}' is not clear as an amount of money: write it like 40000 or 39999.50")
        self.written = written
