"""who did not come back: devices that restarted and did not come back by themselves, found without reading failures.

Revision: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    dark = sa.text("channel = 'management' AND code = 'restart_no_return'")
    op.create_index('ix_failures_no_return', 'failures', ['device'], sqlite_where=dark, postgresql_where=dark)


def downgrade() -> None:
    op.drop_index('ix_failures_no_return', 'failures')
