"""the sites a person sees.

Revision: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('people', sa.Column('has_all_sites', sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table('person_sites',
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('site', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['people.person'], name=op.f('fk_person_sites_person')),
    sa.ForeignKeyConstraint(['site'], ['sites.site'], name=op.f('fk_person_sites_site')),
    sa.PrimaryKeyConstraint('person', 'site', name=op.f('pk_person_sites'))
    )


def downgrade() -> None:
    op.drop_table('person_sites')
    op.drop_column('people', 'has_all_sites')
