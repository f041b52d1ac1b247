"""who is likely bad, and what is asked of flags: found without the rows of all of them.

Revision: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_likely = sa.text('observed >= 1 AND probability >= 0.5')
    op.create_index(
        'ix_judgements_likely',
        'judgements',
        ['device', 'channel', 'probability', 'weeks'],
        sqlite_where=is_likely,
        postgresql_where=is_likely,
    )
    op.drop_index('ix_flags_state', 'flags')
    op.create_index('ix_flags_state', 'flags', ['state', 'verdict', 'device', 'finding', 'opened_us'])


def downgrade() -> None:
    op.drop_index('ix_flags_state', 'flags')
    op.create_index('ix_flags_state', 'flags', ['state', 'verdict', 'device'])
    op.drop_index('ix_judgements_likely', 'judgements')
