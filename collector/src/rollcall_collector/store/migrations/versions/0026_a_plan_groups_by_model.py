"""a plan groups by model: another model of a device is a change of what a plan is made from.

Revision: 0026
Revises: 0025
"""

from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

_PAPERS = ('site', 'platform', 'purchased_on', 'price', 'warranty_until', 'support_until', 'retired_on')


def upgrade() -> None:
    _count((*_PAPERS, 'model'))


def downgrade() -> None:
    _count(_PAPERS)


def _count(columns: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == 'postgresql':
        changed = ' OR '.join(f'NEW.{one} IS DISTINCT FROM OLD.{one}' for one in columns)
        op.execute('DROP TRIGGER plan_papers ON devices')
        op.execute(
            f'CREATE TRIGGER plan_papers AFTER UPDATE OF {", ".join(columns)} ON devices FOR EACH ROW WHEN ({changed})'
            ' EXECUTE FUNCTION note_plan_change()'
        )
        return
    changed = ' OR '.join(f'NEW.{one} IS NOT OLD.{one}' for one in columns)
    op.execute('DROP TRIGGER plan_devices_update')
    op.execute(
        f'CREATE TRIGGER plan_devices_update AFTER UPDATE OF {", ".join(columns)} ON devices WHEN {changed}'
        ' BEGIN INSERT INTO plan_changes (writer, changes) VALUES (0, 1)'
        ' ON CONFLICT (writer) DO UPDATE SET changes = plan_changes.changes + 1; END'
    )
