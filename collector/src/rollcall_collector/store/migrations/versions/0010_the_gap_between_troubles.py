"""the gap between troubles: after how many days without an incident each kind of a judging counted a new trouble.

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('judging_runs', sa.Column('gap_days', sa.JSON(), server_default='{}', nullable=False))
