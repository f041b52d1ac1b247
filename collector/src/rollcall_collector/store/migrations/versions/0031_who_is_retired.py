"""who is retired, how long devices have been active, which flags are oldest: without every device's row.

Revision: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    retired = sa.text('retired_on IS NOT NULL')
    op.create_index('ix_devices_retired', 'devices', ['device'], sqlite_where=retired, postgresql_where=retired)
    op.create_index('ix_verdicts_active', 'verdicts', ['active_days', 'first_on', 'device'])
    op.create_index('ix_flags_kind', 'flags', ['verdict', 'finding', 'state', 'opened_us'])


def downgrade() -> None:
    op.drop_index('ix_flags_kind', 'flags')
    op.drop_index('ix_verdicts_active', 'verdicts')
    op.drop_index('ix_devices_retired', 'devices')
