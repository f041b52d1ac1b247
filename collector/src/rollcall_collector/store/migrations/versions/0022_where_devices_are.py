"""where devices are, and what they said last: counted for schools and carts in one reading; indexes as lists go.

Revision: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

_FILL = (
    'INSERT INTO presence (site, cart, device, is_retired, heard_us, told_us, level_percent)'
    ' SELECT coalesce(device.site, 0), coalesce(device.cart, 0), device.device, device.retired_on IS NOT NULL,'
    ' state.last_heard_us, state.vitals_us, {level}'
    ' FROM devices device LEFT JOIN device_states state ON state.device = device.device'
)
_PLACE = 'site = coalesce(NEW.site, 0), cart = coalesce(NEW.cart, 0), is_retired = NEW.retired_on IS NOT NULL'


def upgrade() -> None:
    op.create_table(
        'presence',
        sa.Column('site', sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column('cart', sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column('device', sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column('is_retired', sa.Boolean(), nullable=False),
        sa.Column('heard_us', sa.BigInteger(), nullable=True),
        sa.Column('told_us', sa.BigInteger(), nullable=True),
        sa.Column('level_percent', sa.Float(), nullable=True),
        sa.UniqueConstraint('device', name=op.f('uq_presence_device')),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f('ix_devices_model'), 'devices', ['model'])
    op.create_index('ix_devices_name', 'devices', [sa.text('coalesce(asset_tag, serial_number, device_id)'), 'device'])
    op.create_index(op.f('ix_verdicts_rank'), 'verdicts', ['rank'])
    hurt = sa.text('failures + unclean_stops > 0')
    op.create_index('ix_device_days_hurt', 'device_days', ['on', 'device'], sqlite_where=hurt, postgresql_where=hurt)
    failed = sa.text('observed >= 1')
    op.create_index(
        'ix_judgements_failed', 'judgements', ['device', 'channel'], sqlite_where=failed, postgresql_where=failed
    )
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    level = "json_extract({}.vitals, '$.battery_level_percent')"
    if not is_sqlite:
        level = "({}.vitals::json->>'battery_level_percent')::double precision"
    op.execute(_FILL.format(level=level.format('state')))
    if is_sqlite:
        _keep_on_sqlite(level.format('NEW'))
    else:
        _keep_on_postgresql(level.format('told'))


def _keep_on_sqlite(level: str) -> None:
    told = (
        f'UPDATE presence SET heard_us = NEW.last_heard_us, told_us = NEW.vitals_us, level_percent = {level}'
        ' WHERE device = NEW.device;'
    )
    fill = f'{_FILL.format(level=level.replace("NEW", "state"))} WHERE device.device = NEW.device;'
    for name, event, body in (
        ('presence_enrolled', 'INSERT ON devices', fill),
        (
            'presence_moved',
            'UPDATE OF site, cart, retired_on ON devices WHEN NEW.site IS NOT OLD.site OR NEW.cart IS NOT OLD.cart'
            ' OR NEW.retired_on IS NOT OLD.retired_on',
            f'UPDATE presence SET {_PLACE} WHERE device = NEW.device;',
        ),
        ('presence_removed', 'DELETE ON devices', 'DELETE FROM presence WHERE device = OLD.device;'),
        ('presence_told', 'INSERT ON device_states', told),
        ('presence_changed', 'UPDATE OF last_heard_us, vitals, vitals_us ON device_states', told),
        (
            'presence_forgotten',
            'DELETE ON device_states',
            'UPDATE presence SET heard_us = NULL, told_us = NULL, level_percent = NULL WHERE device = OLD.device;',
        ),
    ):
        op.execute(f'CREATE TRIGGER {name} AFTER {event} BEGIN {body} END')


def _keep_on_postgresql(level: str) -> None:
    # A device's row stays from its enrollment on and is only changed: a move and a report that cross meet at it.
    place = f'UPDATE presence SET {_PLACE} WHERE device = NEW.device;'
    fill = f'{_FILL.format(level=level.replace("told", "state"))} WHERE device.device = NEW.device;'
    for name, table, event, when, body in (
        ('presence_enrolled', 'devices', 'INSERT', '', fill),
        (
            'presence_moved',
            'devices',
            'UPDATE OF site, cart, retired_on',
            'WHEN ((NEW.site, NEW.cart, NEW.retired_on) IS DISTINCT FROM (OLD.site, OLD.cart, OLD.retired_on))',
            place,
        ),
        ('presence_removed', 'devices', 'DELETE', '', 'DELETE FROM presence WHERE device = OLD.device;'),
    ):
        _make_function(name, body)
        op.execute(f'CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {name}()')
    told = (
        'UPDATE presence here SET heard_us = told.last_heard_us, told_us = told.vitals_us,'
        f' level_percent = {level} FROM told WHERE here.device = told.device;'
    )
    forget = (
        'UPDATE presence here SET heard_us = NULL, told_us = NULL, level_percent = NULL FROM told'
        ' WHERE here.device = told.device;'
    )
    for name, event, rows, body in (
        ('presence_told', 'INSERT', 'NEW', told),
        ('presence_changed', 'UPDATE', 'NEW', told),
        ('presence_forgotten', 'DELETE', 'OLD', forget),
    ):
        _make_function(name, body)
        op.execute(
            f'CREATE TRIGGER {name} AFTER {event} ON device_states REFERENCING {rows} TABLE AS told'
            f' FOR EACH STATEMENT EXECUTE FUNCTION {name}()'
        )


def _make_function(name: str, body: str) -> None:
    op.execute(f'CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} RETURN NULL; END$$')


def downgrade() -> None:
    tables = {'enrolled': 'devices', 'moved': 'devices', 'removed': 'devices'}
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    for name in ('enrolled', 'moved', 'removed', 'told', 'changed', 'forgotten'):
        on = '' if is_sqlite else f' ON {tables.get(name, "device_states")}'
        op.execute(f'DROP TRIGGER presence_{name}{on}')
        if not is_sqlite:
            op.execute(f'DROP FUNCTION presence_{name}()')
    op.drop_index('ix_judgements_failed', 'judgements')
    op.drop_index('ix_device_days_hurt', 'device_days')
    op.drop_index(op.f('ix_verdicts_rank'), 'verdicts')
    op.drop_index('ix_devices_name', 'devices')
    op.drop_index(op.f('ix_devices_model'), 'devices')
    op.drop_table('presence')
