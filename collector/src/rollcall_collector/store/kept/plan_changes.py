"""Says whether anything changed that a plan is made from: the database counts the changes itself, by triggers."""

from sqlalchemy import Connection, func, select

from rollcall_collector.store.tables import plan_changes


def count_changes(connection: Connection) -> int:
    """How often it changed so far; what is read after this is no older than the count.

    What counts is in the migrations `what_pages_read`, `a_plan_groups_by_model` and `what_a_report_writes`: what was
    judged, flags, devices' papers, places and models.
    """
    return int(connection.execute(select(func.coalesce(func.sum(plan_changes.c.changes), 0))).scalar_one())
