"""bridge checks: what each bridge's check of its own service found last.

Revision: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bridge_checks',
    sa.Column('publisher', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('checked_us', sa.BigInteger(), nullable=False),
    sa.Column('checks', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['publisher'], ['publishers.publisher'], name=op.f('fk_bridge_checks_publisher_publishers')),
    sa.PrimaryKeyConstraint('publisher', name=op.f('pk_bridge_checks'))
    )


def downgrade() -> None:
    op.drop_table('bridge_checks')
