"""programs with their scopes, and the audit log, which is only ever added to.

Revision: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_KEPT_FROM = "coalesce((SELECT CAST(value AS BIGINT) FROM kept_settings WHERE name = 'audit.kept_from_us'), 0)"


def upgrade() -> None:
    op.create_table(
        'programs',
        sa.Column('program', _KEY, primary_key=True),
        sa.Column('name', sa.Text(), nullable=False, unique=True),
        sa.Column('secret_hash', sa.Text(), nullable=False, unique=True),
        sa.Column('scopes', sa.Text(), nullable=False),
        sa.Column('has_all_sites', sa.Boolean(), nullable=False),
        sa.Column('made_by', sa.Text(), nullable=False),
        sa.Column('made_us', sa.BigInteger(), nullable=False),
        sa.Column('ends_us', sa.BigInteger(), nullable=False),
        sa.Column('used_us', sa.BigInteger()),
        sa.Column('revoked_us', sa.BigInteger()),
    )
    op.create_table(
        'program_sites',
        sa.Column('program', _KEY, sa.ForeignKey('programs.program'), primary_key=True),
        sa.Column('site', _KEY, sa.ForeignKey('sites.site', ondelete='CASCADE'), primary_key=True),
    )
    op.create_table(
        'audit',
        sa.Column('entry', _KEY, primary_key=True),
        sa.Column('at_us', sa.BigInteger(), nullable=False, index=True),
        sa.Column('author', sa.Text(), nullable=False),
        sa.Column('deed', sa.Text(), nullable=False),
        sa.Column('noun', sa.Text(), nullable=False),
        sa.Column('subject', sa.Text(), nullable=False),
        sa.Column('site', sa.Integer()),
        sa.Column('before', sa.JSON()),
        sa.Column('after', sa.JSON()),
    )
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' AND OLD.at_us < {_KEPT_FROM} THEN RETURN OLD; END IF; "
            "RAISE EXCEPTION 'the audit log is only ever added to'; END $$"
        )
        op.execute(
            'CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit '
            'FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()'
        )
        return
    refuse = "SELECT RAISE(ABORT, 'the audit log is only ever added to');"
    op.execute(f'CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN {refuse} END')
    op.execute(
        f'CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit WHEN OLD.at_us >= {_KEPT_FROM} BEGIN {refuse} END'
    )
