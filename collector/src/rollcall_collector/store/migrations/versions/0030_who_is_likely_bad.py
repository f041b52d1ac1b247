"""who is likely bad: found without every device that ever failed.

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


def downgrade() -> None:
    op.drop_index('ix_judgements_likely', 'judgements')
