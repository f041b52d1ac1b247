"""bridges and the devices they bring: by what each is known, and at which site.

Revision: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # As text: Alembic would build the table anew on SQLite, which its references do not allow.
    kind = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
    op.execute(sa.text(
        f'ALTER TABLE publishers ADD COLUMN site {kind} CONSTRAINT fk_publishers_site REFERENCES sites (site)'
    ))
    op.create_table('hardware_keys',
    sa.Column('publisher', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('device', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['publisher'], ['publishers.publisher'], name=op.f('fk_hardware_keys_publisher')),
    sa.ForeignKeyConstraint(['device'], ['devices.device'], name=op.f('fk_hardware_keys_device')),
    sa.PrimaryKeyConstraint('publisher', 'key', 'device', name=op.f('pk_hardware_keys'))
    )
    op.create_index('ix_hardware_keys_key', 'hardware_keys', ['key'])
    op.create_index('ix_hardware_keys_device', 'hardware_keys', ['device'])


def downgrade() -> None:
    op.drop_table('hardware_keys')
    op.drop_column('publishers', 'site')
