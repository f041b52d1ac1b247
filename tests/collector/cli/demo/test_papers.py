"""The make-believe district moves in as a school would, and knows when its lessons are."""

from datetime import date
from pathlib import Path

from rollcall_agent.simulator.district import Plan, make_district
from rollcall_agent.simulator.roster_files import write_calendar, write_roster
from rollcall_collector.cli.demo.papers import bring_in_papers
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.sites import list_sites


def test_the_demos_lessons_are_those_of_its_devices_and_come_in_once(tmp_path: Path) -> None:
    plan = Plan(
        seed=1, devices=20, schools=1, carts=1, first=date(2026, 11, 2), last=date(2026, 11, 30), zone="Europe/London"
    )
    district = make_district(plan)
    write_roster(tmp_path / "devices.csv", district)
    write_calendar(tmp_path / "sites.json", district)
    engine = open_database(f"sqlite:///{tmp_path}/rollcall.sqlite3")
    migrate(engine)

    for _ in range(2):
        bring_in_papers(engine, tmp_path, new_site=NewSite(zone="Europe/London"))

    with engine.connect() as connection:
        (site,) = list_sites(connection, Scope.all())
    engine.dispose()
    starts = [second // 60 for second in district.sites[0].days[0].lessons]
    assert [(lesson.label, lesson.starts_minute) for lesson in site.lessons] == [
        (str(number), minute) for number, minute in enumerate(starts, 1)
    ]
    assert {lesson.ends_minute - lesson.starts_minute for lesson in site.lessons} == {45}
