"""how long a round took: what a bridge says of its last whole round, beside what its check found.

Revision: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('bridge_checks', sa.Column('round_seconds', sa.Float()))


def downgrade() -> None:
    op.drop_column('bridge_checks', 'round_seconds')
