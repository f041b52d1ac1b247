"""what a report writes: a device's next word has room beside its last, and a first day is no change of a plan.

Revision: 0028
Revises: 0027
"""

from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

_IS_FIRST = (
    'NOT EXISTS (SELECT 1 FROM device_days day WHERE day.device = {row}.device AND day."on" < {row}."on")'
)
_CHANGE = (
    'INSERT INTO plan_changes (writer, changes) VALUES ({writer}, 1)'
    ' ON CONFLICT (writer) DO UPDATE SET changes = plan_changes.changes + 1;'
)
_LOOK = (
    f'IF EXISTS (SELECT 1 FROM told WHERE {_IS_FIRST.format(row="told")})'
    f' THEN {_CHANGE.format(writer="pg_backend_pid()")} END IF;'
)
_END = ' END IF; RETURN NULL; END'
# A row a device, changed by each of its batches: where its page has room for the next, PostgreSQL leaves the indexes alone.
_CHANGED = ('device_states', 'presence', 'watermarks')


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        _say_anew(_LOOK + _END, _END)
        for table in _CHANGED:
            op.execute(f'ALTER TABLE {table} SET (fillfactor = 50)')
    else:
        op.execute('DROP TRIGGER plan_first_day')


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        _say_anew(_END, _LOOK + _END)
        for table in _CHANGED:
            op.execute(f'ALTER TABLE {table} RESET (fillfactor)')
    else:
        op.execute(
            f'CREATE TRIGGER plan_first_day AFTER INSERT ON device_days WHEN {_IS_FIRST.format(row="NEW")}'
            f' BEGIN {_CHANGE.format(writer="0")} END'
        )


def _say_anew(was: str, now: str) -> None:
    # The look is the last of what the function does; all else of it stays as it is written there.
    said = op.get_bind().exec_driver_sql("SELECT pg_get_functiondef('count_days_told'::regproc)").scalar_one()
    op.get_bind().exec_driver_sql(said.replace(was, now))
