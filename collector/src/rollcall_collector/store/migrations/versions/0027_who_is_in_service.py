"""who is in service, what falls due and who starts slowest: counted and put in order without every device's row.

Revision: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    in_service = sa.text('retired_on IS NULL')
    op.create_index(
        'ix_devices_in_service', 'devices', ['device'], sqlite_where=in_service, postgresql_where=in_service
    )
    op.create_index(
        'ix_devices_due',
        'devices',
        ['site', 'platform', 'purchased_on', 'price', 'support_until'],
        sqlite_where=in_service,
        postgresql_where=in_service,
    )
    op.create_index('ix_start_judgements_now_seconds', 'start_judgements', ['now_seconds'])


def downgrade() -> None:
    op.drop_index('ix_start_judgements_now_seconds', 'start_judgements')
    op.drop_index('ix_devices_due', 'devices')
    op.drop_index('ix_devices_in_service', 'devices')
