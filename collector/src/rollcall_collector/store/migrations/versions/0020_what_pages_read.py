"""what pages read: each day's devices and reports, counted by the database itself, and how models start by week.

Revision: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

_INTO = 'INSERT INTO day_counts ("on", site, model, writer, active, hurt, reports) '
_ADD = (
    ' ON CONFLICT ("on", site, model, writer) DO UPDATE SET active = day_counts.active + excluded.active,'
    ' hurt = day_counts.hurt + excluded.hurt, reports = day_counts.reports + excluded.reports'
)
_FILL = (
    f'{_INTO}SELECT day."on", coalesce(device.site, 0), coalesce(device.model, \'\'), 0, count(*),'
    ' sum(CASE WHEN day.failures > 0 OR day.unclean_stops > 0 THEN 1 ELSE 0 END), sum(day.reports)'
    ' FROM device_days day JOIN devices device ON device.device = day.device'
    ' GROUP BY day."on", coalesce(device.site, 0), coalesce(device.model, \'\')'
)
_STALE = 'INSERT INTO start_band_changes (model, week, writer, changes) '
_STALER = ' ON CONFLICT (model, week, writer) DO UPDATE SET changes = start_band_changes.changes + 1'
# Day 0 was a Thursday: weeks begin on Monday.
_WEEK = '(day."on" + 3) / 7'
_ALL_STALE = (
    f'{_STALE}SELECT DISTINCT device.model, {_WEEK}, 0, 1 FROM device_days day'
    ' JOIN devices device ON device.device = day.device'
    ' WHERE day.to_login_seconds_max IS NOT NULL AND device.model IS NOT NULL'
)
_PLANNED = ('flags', 'judgements', 'judging_runs', 'start_judgements', 'verdicts')
"""Tables of which every row speaks in a plan; of a device its papers and its site do."""
_PAPERS = ('site', 'platform', 'purchased_on', 'price', 'warranty_until', 'support_until', 'retired_on')
_IS_FIRST = (
    'NOT EXISTS (SELECT 1 FROM device_days day WHERE day.device = {row}.device AND day."on" < {row}."on")'
)


def upgrade() -> None:
    op.create_table(
        'day_counts',
        sa.Column('on', sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column('site', sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column('model', sa.Text(), primary_key=True),
        sa.Column('writer', sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column('active', sa.BigInteger(), nullable=False),
        sa.Column('hurt', sa.BigInteger(), nullable=False),
        sa.Column('reports', sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'start_bands',
        sa.Column('model', sa.Text(), primary_key=True),
        sa.Column('week', sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column('low_seconds', sa.Float(), nullable=False),
        sa.Column('middle_seconds', sa.Float(), nullable=False),
        sa.Column('high_seconds', sa.Float(), nullable=False),
        sa.Column('devices', sa.Integer(), nullable=False),
    )
    op.create_table(
        'start_band_changes',
        sa.Column('model', sa.Text(), primary_key=True),
        sa.Column('week', sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column('writer', sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column('changes', sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'plan_changes',
        sa.Column('writer', sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column('changes', sa.BigInteger(), nullable=False),
    )
    op.execute(_FILL)
    op.execute(_ALL_STALE)
    if op.get_bind().dialect.name == 'postgresql':
        _count_on_postgresql()
    else:
        _count_on_sqlite()


def _count_on_sqlite() -> None:
    def hurt(row: str) -> str:
        return f'({row}.failures > 0 OR {row}.unclean_stops > 0)'

    def add(row: str, active: str, changed: str, reports: str) -> str:
        return (
            f'{_INTO}SELECT {row}."on", coalesce(site, 0), coalesce(model, \'\'), 0, {active}, {changed}, {reports}'
            f' FROM devices WHERE device = {row}.device{_ADD};'
        )

    def move(row: str, sign: str) -> str:
        return (
            f'{_INTO}SELECT day."on", coalesce({row}.site, 0), coalesce({row}.model, \'\'), 0, {sign}1,'
            f' {sign}{hurt("day")}, {sign}day.reports FROM device_days day WHERE day.device = {row}.device{_ADD};'
        )

    new, old = hurt('NEW'), hurt('OLD')
    for name, event, body in (
        ('told', 'INSERT ON device_days', add('NEW', '1', new, 'NEW.reports')),
        (
            'changed',
            'UPDATE OF reports, failures, unclean_stops ON device_days'
            f' WHEN NEW.reports <> OLD.reports OR {new} <> {old}',
            add('NEW', '0', f'{new} - {old}', 'NEW.reports - OLD.reports'),
        ),
        ('removed', 'DELETE ON device_days', add('OLD', '-1', f'-{old}', '-OLD.reports')),
        (
            'moved',
            'UPDATE OF site, model ON devices WHEN NEW.site IS NOT OLD.site OR NEW.model IS NOT OLD.model',
            move('OLD', '-') + move('NEW', ''),
        ),
    ):
        op.execute(f'CREATE TRIGGER day_counts_{name} AFTER {event} BEGIN {body} END')
    for name, event, row in (
        ('told', 'INSERT ON device_days WHEN NEW.to_login_seconds_max IS NOT NULL', 'NEW'),
        (
            'changed',
            'UPDATE OF to_login_seconds_max ON device_days'
            ' WHEN NEW.to_login_seconds_max IS NOT OLD.to_login_seconds_max',
            'NEW',
        ),
        ('removed', 'DELETE ON device_days WHEN OLD.to_login_seconds_max IS NOT NULL', 'OLD'),
    ):
        week = _WEEK.replace('day.', f'{row}.')
        op.execute(
            f'CREATE TRIGGER start_bands_{name} AFTER {event} BEGIN {_STALE}SELECT model, {week}, 0, 1 FROM devices'
            f' WHERE device = {row}.device AND model IS NOT NULL{_STALER}; END'
        )
    weeks = ' '.join(
        f'{_STALE}SELECT DISTINCT {row}.model, {_WEEK}, 0, 1 FROM device_days day WHERE day.device = {row}.device'
        f' AND day.to_login_seconds_max IS NOT NULL AND {row}.model IS NOT NULL{_STALER};'
        for row in ('OLD', 'NEW')
    )
    change = (
        'INSERT INTO plan_changes (writer, changes) VALUES (0, 1)'
        ' ON CONFLICT (writer) DO UPDATE SET changes = plan_changes.changes + 1;'
    )
    papers = ' OR '.join(f'NEW.{one} IS NOT OLD.{one}' for one in _PAPERS)
    events = [
        (f'{table}_{event.lower()}', f'{event} ON {table}')
        for table in (*_PLANNED, 'devices')
        for event in ('INSERT', 'UPDATE', 'DELETE')
        if (table, event) != ('devices', 'UPDATE')
    ]
    events += [
        ('devices_update', f'UPDATE OF {", ".join(_PAPERS)} ON devices WHEN {papers}'),
        ('first_day', f'INSERT ON device_days WHEN {_IS_FIRST.format(row="NEW")}'),
    ]
    for name, event in events:
        op.execute(f'CREATE TRIGGER plan_{name} AFTER {event} BEGIN {change} END')
    op.execute(
        'CREATE TRIGGER start_bands_moved AFTER UPDATE OF model ON devices WHEN NEW.model IS NOT OLD.model'
        f' BEGIN {weeks} END'
    )


def _count_on_postgresql() -> None:
    # Each connection counts in rows of its own, or collectors would wait for each other; the night joins them.
    # Who counts a device's days holds its row: nobody moves it elsewhere between the look and the count.
    hurt = '(day.failures > 0 OR day.unclean_stops > 0)::int'
    held = (
        'held AS (SELECT device, site, model FROM devices WHERE device IN (SELECT device FROM day)'
        ' ORDER BY device FOR SHARE)'
    )
    stale = f'{_STALE}SELECT DISTINCT held.model, {_WEEK}, pg_backend_pid(), 1 FROM day JOIN held'
    stale += f' ON held.device = day.device WHERE held.model IS NOT NULL AND day.seconds IS NOT NULL{_STALER};'

    def count(*signed: tuple[str, str]) -> str:
        days = ' UNION ALL '.join(
            f'SELECT device, "on", {sign} AS sign, failures, unclean_stops, reports FROM {rows}' for rows, sign in signed
        )
        return (
            f'WITH day AS ({days}), {held} {_INTO}SELECT day."on", coalesce(held.site, 0), coalesce(held.model, \'\'),'
            f' pg_backend_pid(), sum(day.sign), sum(day.sign * {hurt}), sum(day.sign * day.reports)'
            ' FROM day JOIN held ON held.device = day.device GROUP BY 1, 2, 3'
            f' HAVING sum(day.sign) <> 0 OR sum(day.sign * {hurt}) <> 0 OR sum(day.sign * day.reports) <> 0{_ADD};'
        )

    def started(rows: str, *, but: str = '') -> str:
        days = f'SELECT device, "on", to_login_seconds_max AS seconds FROM {rows}'
        return f'WITH day AS ({days}{but}), {held} {stale}'

    def move(row: str, sign: str) -> str:
        return (
            f'{_INTO}SELECT day."on", coalesce({row}.site, 0), coalesce({row}.model, \'\'), pg_backend_pid(), {sign}1,'
            f' {sign}{hurt}, {sign}day.reports FROM device_days day WHERE day.device = {row}.device{_ADD};'
        )

    def remodel(row: str) -> str:
        return (
            f'{_STALE}SELECT DISTINCT {row}.model, {_WEEK}, pg_backend_pid(), 1 FROM device_days day'
            f' WHERE day.device = {row}.device AND day.to_login_seconds_max IS NOT NULL AND {row}.model IS NOT NULL'
            f' AND OLD.model IS DISTINCT FROM NEW.model{_STALER};'
        )

    change = (
        'INSERT INTO plan_changes (writer, changes) VALUES (pg_backend_pid(), 1)'
        ' ON CONFLICT (writer) DO UPDATE SET changes = plan_changes.changes + 1;'
    )
    first_day = f'IF EXISTS (SELECT 1 FROM told WHERE {_IS_FIRST.format(row="told")}) THEN {change} END IF;'
    op.execute(
        f'CREATE FUNCTION note_plan_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {change} RETURN NULL; END$$'
    )
    for table in _PLANNED:
        op.execute(
            f'CREATE TRIGGER plan_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}'
            ' FOR EACH STATEMENT EXECUTE FUNCTION note_plan_change()'
        )
    op.execute(
        'CREATE TRIGGER plan_devices AFTER INSERT OR DELETE ON devices'
        ' FOR EACH STATEMENT EXECUTE FUNCTION note_plan_change()'
    )
    papers = ' OR '.join(f'NEW.{one} IS DISTINCT FROM OLD.{one}' for one in _PAPERS)
    op.execute(
        f'CREATE TRIGGER plan_papers AFTER UPDATE OF {", ".join(_PAPERS)} ON devices FOR EACH ROW WHEN ({papers})'
        ' EXECUTE FUNCTION note_plan_change()'
    )
    for name, event, tables, first, body in (
        ('told', 'INSERT', 'NEW TABLE AS told', 'told', count(('told', '1')) + started('told') + first_day),
        (
            'changed',
            'UPDATE',
            'OLD TABLE AS was NEW TABLE AS told',
            'told',
            # What changed is told with what it is now; a start that is gone counts as what it was.
            count(('told', '1'), ('was', '-1'))
            + started('told', but=' EXCEPT SELECT device, "on", to_login_seconds_max FROM was')
            + started('was', but=' EXCEPT SELECT device, "on", to_login_seconds_max FROM told'),
        ),
        ('removed', 'DELETE', 'OLD TABLE AS was', 'was', count(('was', '-1')) + started('was')),
    ):
        # An INSERT that finds its row there updates it: both triggers come, one of them with nothing.
        op.execute(
            f'CREATE FUNCTION count_days_{name}() RETURNS trigger LANGUAGE plpgsql AS $$'
            f'BEGIN IF EXISTS (SELECT 1 FROM {first}) THEN {body} END IF; RETURN NULL; END$$'
        )
        op.execute(
            f'CREATE TRIGGER day_counts_{name} AFTER {event} ON device_days REFERENCING {tables}'
            f' FOR EACH STATEMENT EXECUTE FUNCTION count_days_{name}()'
        )
    op.execute(
        'CREATE FUNCTION count_days_moved() RETURNS trigger LANGUAGE plpgsql AS $$'
        f'BEGIN {move("OLD", "-")} {move("NEW", "")} {remodel("OLD")} {remodel("NEW")} RETURN NULL; END$$'
    )
    op.execute(
        'CREATE TRIGGER day_counts_moved AFTER UPDATE OF site, model ON devices FOR EACH ROW'
        ' WHEN (NEW.site IS DISTINCT FROM OLD.site OR NEW.model IS DISTINCT FROM OLD.model)'
        ' EXECUTE FUNCTION count_days_moved()'
    )
