"""several publishers of one device: who they are, and what each said.

Revision: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('device_publishers',
    sa.Column('teller', KEY, nullable=False),
    sa.Column('device', KEY, nullable=False),
    sa.Column('publisher', KEY, nullable=False),
    sa.Column('apart_on', sa.Integer(), nullable=True),
    sa.Column('is_first', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('last_heard_us', sa.BigInteger(), nullable=True),
    sa.Column('inventory', sa.Text(), nullable=True),
    sa.Column('inventory_us', sa.BigInteger(), nullable=True),
    sa.Column('inventory_epoch_key', sa.BigInteger(), nullable=True),
    sa.Column('inventory_seq', sa.BigInteger(), nullable=True),
    sa.Column('vitals', sa.Text(), nullable=True),
    sa.Column('vitals_us', sa.BigInteger(), nullable=True),
    sa.Column('vitals_epoch_key', sa.BigInteger(), nullable=True),
    sa.Column('vitals_seq', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['device'], ['devices.device'], name=op.f('fk_device_publishers_device')),
    sa.ForeignKeyConstraint(['publisher'], ['publishers.publisher'], name=op.f('fk_device_publishers_publisher')),
    sa.PrimaryKeyConstraint('teller', name=op.f('pk_device_publishers')),
    sa.UniqueConstraint('device', 'publisher', name=op.f('uq_device_publishers_device_publisher'))
    )
    op.create_table('device_publisher_days',
    sa.Column('device', sa.BigInteger(), nullable=False),
    sa.Column('publisher', sa.BigInteger(), nullable=False),
    sa.Column('on', sa.Integer(), nullable=False),
    sa.Column('reports', sa.Integer(), nullable=False),
    sa.Column('awake_seconds', sa.Float(), nullable=True),
    sa.PrimaryKeyConstraint('device', 'publisher', 'on', name=op.f('pk_device_publisher_days'))
    )
    op.create_table('tellings',
    sa.Column('telling', KEY, nullable=False),
    sa.Column('device', sa.BigInteger(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('told_on', sa.Integer(), nullable=False),
    sa.Column('told_us', sa.BigInteger(), nullable=False),
    sa.Column('is_day_only', sa.Boolean(), nullable=False),
    sa.Column('publisher', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('fact', sa.BigInteger(), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('telling', name=op.f('pk_tellings'))
    )
    op.create_index('ix_tellings_device_subject_told_on', 'tellings', ['device', 'subject', 'told_on'])
    # A bridge that told of a device before this table was there is met again at its next report.


def downgrade() -> None:
    op.drop_table('tellings')
    op.drop_table('device_publisher_days')
    op.drop_table('device_publishers')
