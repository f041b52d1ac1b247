"""how people sign in: accounts at a provider, passwords, what gives a role, and when the emergency account was used.

Revision: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('people', sa.Column('is_mapped', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('people', sa.Column('is_emergency', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('people', sa.Column('emergency_seen_us', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('sign_ins', sa.Column('way', sa.Text(), server_default='link', nullable=False))
    op.add_column('sign_ins', sa.Column('browser', sa.Text(), server_default='', nullable=False))
    op.create_table('accounts',
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('person', KEY, nullable=False),
    sa.ForeignKeyConstraint(['person'], ['people.person'], name=op.f('fk_accounts_person')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_accounts'))
    )
    op.create_index(op.f('ix_accounts_person'), 'accounts', ['person'], unique=False)
    op.create_table('passwords',
    sa.Column('person', KEY, nullable=False),
    sa.Column('secret_hash', sa.Text(), nullable=False),
    sa.Column('changed_us', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['people.person'], name=op.f('fk_passwords_person')),
    sa.PrimaryKeyConstraint('person', name=op.f('pk_passwords'))
    )
    op.create_table('role_rules',
    sa.Column('rule', KEY, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('has_all_sites', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('rule', name=op.f('pk_role_rules')),
    sa.UniqueConstraint('kind', 'value', name='uq_role_rules_kind_value')
    )
    op.create_table('role_rule_sites',
    sa.Column('rule', KEY, nullable=False),
    sa.Column('site', KEY, nullable=False),
    sa.ForeignKeyConstraint(['rule'], ['role_rules.rule'], name=op.f('fk_role_rule_sites_rule'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['site'], ['sites.site'], name=op.f('fk_role_rule_sites_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('rule', 'site', name=op.f('pk_role_rule_sites'))
    )
    op.create_table('person_rules',
    sa.Column('person', KEY, nullable=False),
    sa.Column('rule', KEY, nullable=False),
    sa.ForeignKeyConstraint(['person'], ['people.person'], name=op.f('fk_person_rules_person')),
    sa.ForeignKeyConstraint(['rule'], ['role_rules.rule'], name=op.f('fk_person_rules_rule'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person', 'rule', name=op.f('pk_person_rules'))
    )
    op.create_index(op.f('ix_person_rules_rule'), 'person_rules', ['rule'], unique=False)
    op.create_table('emergency_uses',
    sa.Column('use', KEY, nullable=False),
    sa.Column('used_us', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('use', name=op.f('pk_emergency_uses'))
    )


def downgrade() -> None:
    for table in ('emergency_uses', 'person_rules', 'role_rule_sites', 'role_rules', 'passwords', 'accounts'):
        op.drop_table(table)
    for name in ('browser', 'way'):
        op.drop_column('sign_ins', name)
    for name in ('emergency_seen_us', 'is_emergency', 'is_mapped'):
        op.drop_column('people', name)
