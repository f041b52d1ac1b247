"""what pages read: each day's devices and reports, counted by the database itself.

Revision: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
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
    op.execute(_FILL)
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


def _count_on_postgresql() -> None:
    # Each connection counts in rows of its own, or collectors would wait for each other; the night joins them.
    # Who counts a device's days holds its row: nobody moves it elsewhere between the look and the count.
    hurt = '(day.failures > 0 OR day.unclean_stops > 0)::int'

    def count(*signed: tuple[str, str]) -> str:
        # An INSERT that finds its row there updates it: both triggers come, one of them with nothing.
        first = signed[0][0]
        days = ' UNION ALL '.join(
            f'SELECT device, "on", {sign} AS sign, failures, unclean_stops, reports FROM {rows}' for rows, sign in signed
        )
        return (
            f'BEGIN IF EXISTS (SELECT 1 FROM {first}) THEN WITH day AS ({days}), held AS (SELECT device, site, model FROM devices'
            ' WHERE device IN (SELECT device FROM day) ORDER BY device FOR SHARE) '
            f'{_INTO}SELECT day."on", coalesce(held.site, 0), coalesce(held.model, \'\'), pg_backend_pid(),'
            f' sum(day.sign), sum(day.sign * {hurt}), sum(day.sign * day.reports)'
            ' FROM day JOIN held ON held.device = day.device GROUP BY 1, 2, 3'
            f' HAVING sum(day.sign) <> 0 OR sum(day.sign * {hurt}) <> 0 OR sum(day.sign * day.reports) <> 0{_ADD};'
            ' END IF; RETURN NULL; END'
        )

    def move(row: str, sign: str) -> str:
        return (
            f'{_INTO}SELECT day."on", coalesce({row}.site, 0), coalesce({row}.model, \'\'), pg_backend_pid(), {sign}1,'
            f' {sign}{hurt}, {sign}day.reports FROM device_days day WHERE day.device = {row}.device{_ADD};'
        )

    for name, event, tables, body in (
        ('told', 'INSERT', 'NEW TABLE AS told', count(('told', '1'))),
        ('changed', 'UPDATE', 'OLD TABLE AS was NEW TABLE AS told', count(('told', '1'), ('was', '-1'))),
        ('removed', 'DELETE', 'OLD TABLE AS was', count(('was', '-1'))),
    ):
        op.execute(f'CREATE FUNCTION count_days_{name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$')
        op.execute(
            f'CREATE TRIGGER day_counts_{name} AFTER {event} ON device_days REFERENCING {tables}'
            f' FOR EACH STATEMENT EXECUTE FUNCTION count_days_{name}()'
        )
    op.execute(
        'CREATE FUNCTION count_days_moved() RETURNS trigger LANGUAGE plpgsql AS $$'
        f'BEGIN {move("OLD", "-")} {move("NEW", "")} RETURN NULL; END$$'
    )
    op.execute(
        'CREATE TRIGGER day_counts_moved AFTER UPDATE OF site, model ON devices FOR EACH ROW'
        ' WHEN (NEW.site IS DISTINCT FROM OLD.site OR NEW.model IS DISTINCT FROM OLD.model)'
        ' EXECUTE FUNCTION count_days_moved()'
    )
