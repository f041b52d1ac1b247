"""what people changed about places, and when a flag was closed.

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('flags', sa.Column('closed_us', sa.BigInteger(), nullable=True))
    op.create_table('roster_changes',
    sa.Column('change', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('site', sa.BigInteger(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('devices', sa.Integer(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('changed_us', sa.BigInteger(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('undone_us', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('change', name=op.f('pk_roster_changes'))
    )


def downgrade() -> None:
    op.drop_table('roster_changes')
    op.drop_column('flags', 'closed_us')
