"""the code on a cart, what teachers say is broken, and when lessons are.

Revision: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('cart_codes',
    sa.Column('code', KEY, nullable=False),
    sa.Column('cart', KEY, nullable=False),
    sa.Column('secret_hash', sa.Text(), nullable=False),
    sa.Column('made_us', sa.BigInteger(), nullable=False),
    sa.Column('made_by', sa.Text(), nullable=False),
    sa.Column('used_us', sa.BigInteger(), nullable=True),
    sa.Column('ended_us', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['cart'], ['carts.cart'], name=op.f('fk_cart_codes_cart'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_cart_codes')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_cart_codes_secret_hash'))
    )
    op.create_index('ix_cart_codes_cart', 'cart_codes', ['cart'], unique=True,
                    sqlite_where=sa.text('ended_us IS NULL'), postgresql_where=sa.text('ended_us IS NULL'))
    op.create_table('complaints',
    sa.Column('complaint', KEY, nullable=False),
    sa.Column('cart', KEY, nullable=False),
    sa.Column('slot', sa.Integer(), nullable=False),
    sa.Column('device', KEY, nullable=True),
    sa.Column('trouble', sa.Text(), nullable=True),
    sa.Column('said_us', sa.BigInteger(), nullable=False),
    sa.Column('closed_us', sa.BigInteger(), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['cart'], ['carts.cart'], name=op.f('fk_complaints_cart'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['device'], ['devices.device'], name=op.f('fk_complaints_device'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('complaint', name=op.f('pk_complaints'))
    )
    op.create_index('ix_complaints_cart_slot', 'complaints', ['cart', 'slot'], unique=True,
                    sqlite_where=sa.text('closed_us IS NULL'), postgresql_where=sa.text('closed_us IS NULL'))
    op.create_index(op.f('ix_complaints_device'), 'complaints', ['device'], unique=False)
    op.create_table('lessons',
    sa.Column('site', KEY, nullable=False),
    sa.Column('starts_minute', sa.Integer(), nullable=False),
    sa.Column('ends_minute', sa.Integer(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['site'], ['sites.site'], name=op.f('fk_lessons_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site', 'starts_minute', name=op.f('pk_lessons'))
    )


def downgrade() -> None:
    op.drop_table('lessons')
    op.drop_table('complaints')
    op.drop_table('cart_codes')
