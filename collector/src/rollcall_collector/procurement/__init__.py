"""What to buy, repair and claim: a plan for a budget, from the judging and the flags, on paper and in spreadsheets."""

from rollcall_collector.procurement.html_page import write_page
from rollcall_collector.procurement.plan import make_plan
from rollcall_collector.procurement.proposals import PlanSettings
from rollcall_collector.procurement.question import read_bounds
from rollcall_collector.procurement.spreadsheet import write_csv, write_xlsx

__all__ = ["PlanSettings", "make_plan", "read_bounds", "write_csv", "write_page", "write_xlsx"]
