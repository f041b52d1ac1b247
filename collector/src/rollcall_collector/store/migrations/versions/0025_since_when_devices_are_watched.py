"""since when devices are watched: the first of the active days of a verdict; flags are found by their state.

Revision: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

_DAY_US = 86_400_000_000
_WINDOW_DAYS = 730
# As of the last judging of the fleet; who was never judged with it waits for the next.
_FILL = (
    'UPDATE verdicts SET first_on = (SELECT min(day."on") FROM device_days day WHERE day.device = verdicts.device'
    f' AND day."on" > (SELECT max(judged_us) FROM judging_runs) / {_DAY_US} - {_WINDOW_DAYS})'
)


def upgrade() -> None:
    op.add_column('verdicts', sa.Column('first_on', sa.Integer()))
    if op.get_bind().execute(sa.text('SELECT 1 FROM verdicts LIMIT 1')).first():  # else a trigger would count no change
        op.execute(_FILL)
    op.create_index('ix_flags_state', 'flags', ['state', 'verdict', 'device'])


def downgrade() -> None:
    op.drop_index('ix_flags_state', 'flags')
    op.drop_column('verdicts', 'first_on')
