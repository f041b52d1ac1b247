"""roll calls: which devices behind a bridge somebody needs to know of now.

Revision: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('roll_calls',
    sa.Column('device', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('called_us', sa.BigInteger(), nullable=False),
    sa.Column('needed_us', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['device'], ['devices.device'], name=op.f('fk_roll_calls_device_devices')),
    sa.PrimaryKeyConstraint('device', name=op.f('pk_roll_calls'))
    )


def downgrade() -> None:
    op.drop_table('roll_calls')
