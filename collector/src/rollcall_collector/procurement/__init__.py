"""What to buy, repair and claim: a plan for a budget, from the judging and the flags, on paper and in spreadsheets."""

from rollcall_collector.procurement.asking import read_bounds
from rollcall_collector.procurement.paper import write_page
from rollcall_collector.procurement.plan import make_plan
from rollcall_collector.procurement.sheet import write_csv, write_xlsx
from rollcall_collector.procurement.weighing import PlanSettings

__all__ = ["PlanSettings", "make_plan", "read_bounds", "write_csv", "write_page", "write_xlsx"]
