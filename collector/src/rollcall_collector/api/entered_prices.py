"""The form in which prices and the currency arrive, as people wrote them."""

from typing import Annotated

from pydantic import BaseModel, Field

Written = Annotated[str, Field(max_length=40)]


class EnteredPrices(BaseModel):
    """The form as people filled it in; what an empty field would say is not known."""

    currency: Written = ""
    replacement_chromeos: Written = ""
    replacement_ipados: Written = ""
    replacement_windows: Written = ""
    replacement_macos: Written = ""
    replacement_linux: Written = ""
    battery_swap: Written = ""
    disk_swap: Written = ""
    repair: Written = ""
    labour: Written = ""
    lesson_hour: Written = ""
    back: Annotated[str, Field(max_length=2000)] = ""
