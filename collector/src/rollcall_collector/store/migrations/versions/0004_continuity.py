"""continuity: which runs of an agent began from an older copy, and whose state folder was set back or copied.

Revision: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('watermarks', sa.Column('is_copy', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('watermarks', sa.Column('is_followed', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('watermarks', sa.Column('moved_on', sa.Integer(), nullable=True))
    op.create_table('copies',
    sa.Column('publisher', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('set_backs', sa.Integer(), server_default='0', nullable=False),
    sa.Column('set_back_us', sa.BigInteger(), nullable=True),
    sa.Column('shared', sa.Integer(), server_default='0', nullable=False),
    sa.Column('shared_us', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['publisher'], ['publishers.publisher'], name=op.f('fk_copies_publisher_publishers')),
    sa.PrimaryKeyConstraint('publisher', name=op.f('pk_copies'))
    )


def downgrade() -> None:
    op.drop_table('copies')
    op.drop_column('watermarks', 'moved_on')
    op.drop_column('watermarks', 'is_followed')
    op.drop_column('watermarks', 'is_copy')
