"""judging of the whole fleet: its runs, its numbers, and how a finish ended.

Revision: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('judging_runs',
    sa.Column('run', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('judged_us', sa.BigInteger(), nullable=False),
    sa.Column('until_on', sa.Integer(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('devices', sa.Integer(), nullable=False),
    sa.Column('incidents', sa.Integer(), nullable=False),
    sa.Column('history_days', sa.Integer(), nullable=False),
    sa.Column('is_enough', sa.Boolean(), nullable=False),
    sa.Column('replace', sa.Integer(), nullable=False),
    sa.Column('watch', sa.Integer(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('shapes', sa.JSON(), nullable=False),
    sa.Column('shocks', sa.JSON(), nullable=False),
    sa.Column('models', sa.JSON(), nullable=False),
    sa.Column('document', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('run', name=op.f('pk_judging_runs'))
    )
    op.create_table('judgements',
    sa.Column('device', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('observed', sa.Integer(), nullable=False),
    sa.Column('weeks', sa.Integer(), nullable=False),
    sa.Column('expected', sa.Float(), nullable=False),
    sa.Column('ratio', sa.Float(), nullable=False),
    sa.Column('low', sa.Float(), nullable=True),
    sa.Column('high', sa.Float(), nullable=True),
    sa.Column('probability', sa.Float(), nullable=False),
    sa.Column('forecast_yearly', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('device', 'channel', name=op.f('pk_judgements'))
    )
    op.create_table('start_judgements',
    sa.Column('device', sa.BigInteger(), nullable=False),
    sa.Column('usual_seconds', sa.Float(), nullable=True),
    sa.Column('now_seconds', sa.Float(), nullable=True),
    sa.Column('model_seconds', sa.Float(), nullable=True),
    sa.Column('starts_yearly', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('device', name=op.f('pk_start_judgements'))
    )
    op.add_column('decisions', sa.Column('outcome', sa.Text(), nullable=True))
    op.add_column('decisions', sa.Column('replaced_by', sa.Text(), nullable=True))
    # "missing" stands before "watch" from now on.
    op.execute(sa.text('UPDATE verdicts SET rank = rank + 1 WHERE rank >= 4'))


def downgrade() -> None:
    op.execute(sa.text('UPDATE verdicts SET rank = rank - 1 WHERE rank >= 5'))
    op.drop_column('decisions', 'replaced_by')
    op.drop_column('decisions', 'outcome')
    op.drop_table('start_judgements')
    op.drop_table('judgements')
    op.drop_table('judging_runs')
