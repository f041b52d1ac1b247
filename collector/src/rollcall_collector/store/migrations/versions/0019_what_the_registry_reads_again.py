"""what the registry reads again: triggers note who came, left or moved, whoever wrote it.

Revision: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

_NOTE_DEVICE = (
    'DELETE FROM registry_changes WHERE device = NEW.device; INSERT INTO registry_changes (device) VALUES (NEW.device);'
)
_NOTE_PUBLISHER = (
    'DELETE FROM registry_changes WHERE device = NEW.device OR bridge = NEW.publisher; '
    'INSERT INTO registry_changes (device, bridge) '
    'VALUES (NEW.device, CASE WHEN NEW.device IS NULL THEN NEW.publisher END);'
)
_NOTE_ALL_OF = (
    'DELETE FROM registry_changes WHERE device IN (SELECT device FROM devices WHERE {site}); '
    'INSERT INTO registry_changes (device) SELECT device FROM devices WHERE {site}; '
    'DELETE FROM registry_changes WHERE bridge IN '
    '(SELECT publisher FROM publishers WHERE device IS NULL AND {site}); '
    'INSERT INTO registry_changes (bridge) SELECT publisher FROM publishers WHERE device IS NULL AND {site};'
)
_NOTE_SITE = _NOTE_ALL_OF.format(site='site = NEW.site')
_NOTE_SCHOOL = (
    'DELETE FROM registry_changes WHERE device IS NULL AND bridge IS NULL; '
    'INSERT INTO registry_changes (device) VALUES (NULL); '
) + _NOTE_ALL_OF.format(site='site IS NULL')
_NOTED = (
    ('devices', ('platform', 'site', 'retired_on'), _NOTE_DEVICE, ''),
    ('publishers', ('device', 'platform', 'site', 'revoked_us'), _NOTE_PUBLISHER, ''),
    ('sites', ('name', 'zone', 'days', 'opens_minute', 'closes_minute'), _NOTE_SITE, ''),
    ('kept_settings', ('value',), _NOTE_SCHOOL, "NEW.name = 'school'"),
)


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('registry_changes',
    sa.Column('change', key, nullable=False),
    sa.Column('device', sa.BigInteger(), nullable=True),
    sa.Column('bridge', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('change', name=op.f('pk_registry_changes')),
    sa.UniqueConstraint('device', name=op.f('uq_registry_changes_device')),
    sa.UniqueConstraint('bridge', name=op.f('uq_registry_changes_bridge')),
    sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_publishers_device'), 'publishers', ['device'])
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    for table, columns, note, only in _NOTED:
        if not is_sqlite:
            _make_function(table, note)
        same = 'IS NOT' if is_sqlite else 'IS DISTINCT FROM'
        differs = ' OR '.join(f'OLD.{one} {same} NEW.{one}' for one in columns)
        _make_trigger(table, 'INSERT', [only], note, is_sqlite)
        _make_trigger(table, f'UPDATE OF {", ".join(columns)}', [only, f'({differs})'], note, is_sqlite)


def _make_function(table: str, note: str) -> None:
    # At the commit, and one commit after the other: who reads a number has seen every lower one.
    in_turn = "PERFORM pg_advisory_xact_lock('registry_changes'::regclass::oid::bigint);"
    op.execute(
        f'CREATE FUNCTION note_registry_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ '
        f'BEGIN {in_turn} {note} RETURN NULL; END $$'
    )


def _make_trigger(table: str, event: str, conditions: list[str], note: str, is_sqlite: bool) -> None:
    name = f'registry_{table}_{event.split()[0].lower()}'
    when = ' AND '.join(one for one in conditions if one)
    when = f'WHEN ({when})' if when else ''
    if is_sqlite:
        op.execute(f'CREATE TRIGGER {name} AFTER {event} ON {table} {when} BEGIN {note} END')
    else:
        op.execute(
            f'CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED '
            f'FOR EACH ROW {when} EXECUTE FUNCTION note_registry_{table}()'
        )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    for table, *_ in _NOTED:
        for event in ('insert', 'update'):
            op.execute(f'DROP TRIGGER registry_{table}_{event}' + ('' if is_sqlite else f' ON {table}'))
        if not is_sqlite:
            op.execute(f'DROP FUNCTION note_registry_{table}()')
    op.drop_index(op.f('ix_publishers_device'), 'publishers')
    op.drop_table('registry_changes')
