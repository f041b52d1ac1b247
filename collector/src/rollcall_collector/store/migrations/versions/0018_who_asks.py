"""who asks: which bridges ask whom to call, for their devices alone can be asked.

Revision: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('roll_callers',
    sa.Column('publisher', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('asked_us', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['publisher'], ['publishers.publisher'], name=op.f('fk_roll_callers_publisher_publishers')),
    sa.PrimaryKeyConstraint('publisher', name=op.f('pk_roll_callers'))
    )


def downgrade() -> None:
    op.drop_table('roll_callers')
