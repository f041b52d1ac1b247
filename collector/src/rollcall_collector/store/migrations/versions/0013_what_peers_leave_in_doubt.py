"""what peers leave in doubt: how well a device's expectation is known, by whom it was judged, and what its school adds.

Revision: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('judgements', sa.Column('doubt', sa.Float(), server_default='0', nullable=False))
    op.add_column('judgements', sa.Column('own_shape', sa.Float(), nullable=True))
    op.add_column('judgements', sa.Column('own_mean', sa.Float(), nullable=True))
    op.add_column('judgements', sa.Column('peers', sa.Text(), server_default='', nullable=False))
    op.add_column('judgements', sa.Column('site_times', sa.Float(), server_default='1', nullable=False))
