"""restores: that the store came back from a backup, and where each outbox's numbers then stood.

Revision: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('restores',
    sa.Column('restore', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('backup_us', sa.BigInteger(), nullable=False),
    sa.Column('restored_us', sa.BigInteger(), nullable=False),
    sa.Column('closed_us', sa.BigInteger(), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('restore', name=op.f('pk_restores'))
    )
    op.create_table('restore_marks',
    sa.Column('restore', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('epoch_key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('highest', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['epoch_key'], ['watermarks.epoch_key'], name=op.f('fk_restore_marks_epoch_key_watermarks'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['restore'], ['restores.restore'], name=op.f('fk_restore_marks_restore_restores')),
    sa.PrimaryKeyConstraint('restore', 'epoch_key', name=op.f('pk_restore_marks'))
    )
    op.create_index('ix_restore_marks_epoch_key', 'restore_marks', ['epoch_key'])


def downgrade() -> None:
    op.drop_table('restore_marks')
    op.drop_table('restores')
