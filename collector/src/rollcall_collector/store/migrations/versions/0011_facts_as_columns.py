"""facts as columns: what a night has read is kept beside the rows, and what changed since is noted.

Revision: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('kept_bands',
    sa.Column('band', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('form', sa.Integer(), nullable=False),
    sa.Column('since_on', sa.Integer(), nullable=False),
    sa.Column('until_on', sa.Integer(), nullable=False),
    sa.Column('last_boot', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('band', name=op.f('pk_kept_bands'))
    )
    op.create_table('kept_columns',
    sa.Column('band', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('month', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('days', sa.LargeBinary(), nullable=False),
    sa.Column('starts', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('band', 'month', name=op.f('pk_kept_columns'))
    )
    op.create_table('late_changes',
    sa.Column('change', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('device', sa.BigInteger(), nullable=False),
    sa.Column('on', sa.Integer(), nullable=False),
    sa.Column('boot', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('change', name=op.f('pk_late_changes')),
    sqlite_autoincrement=True
    )


def downgrade() -> None:
    op.drop_table('late_changes')
    op.drop_table('kept_columns')
    op.drop_table('kept_bands')
