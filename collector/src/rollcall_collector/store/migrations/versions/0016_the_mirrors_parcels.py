"""the mirror's outbox by parcels, and how the parts of a collector ran: jobs and ingest.

Revision: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    # Nothing ever read the lines that stood here; 'rollcall mirror rebuild' writes their facts anew.
    op.drop_table('mirror_outbox')
    op.create_table('mirror_outbox',
    sa.Column('parcel', _KEY, nullable=False),
    sa.Column('kept_us', sa.BigInteger(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('parcel', name=op.f('pk_mirror_outbox')),
    sqlite_autoincrement=True,
    )
    op.create_table('part_runs',
    sa.Column('part', sa.Text(), nullable=False),
    sa.Column('began_us', sa.BigInteger(), nullable=False),
    sa.Column('noted_us', sa.BigInteger(), nullable=False),
    sa.Column('told', sa.JSON(), nullable=False),
    sa.Column('trouble', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('part', name=op.f('pk_part_runs'))
    )


def downgrade() -> None:
    op.drop_table('part_runs')
    op.drop_table('mirror_outbox')
    op.create_table('mirror_outbox',
    sa.Column('line', _KEY, nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('line', name=op.f('pk_mirror_outbox'))
    )
