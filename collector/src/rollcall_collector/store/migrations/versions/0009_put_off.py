"""fairness: which publishers flooded, and whether brokers refuse them for now.

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('put_offs',
    sa.Column('publisher', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('began_us', sa.BigInteger(), nullable=False),
    sa.Column('until_us', sa.BigInteger(), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('not_read', sa.BigInteger(), nullable=False),
    sa.Column('is_cut', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['publisher'], ['publishers.publisher'], name=op.f('fk_put_offs_publisher_publishers')),
    sa.PrimaryKeyConstraint('publisher', name=op.f('pk_put_offs'))
    )


def downgrade() -> None:
    op.drop_table('put_offs')
