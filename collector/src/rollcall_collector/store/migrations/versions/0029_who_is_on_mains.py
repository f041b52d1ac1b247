"""who is on mains: kept beside the battery's level, so that nobody reads it out of every last word.

Revision: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

_MAINS = ('is_charging', 'is_plugged_in')


def upgrade() -> None:
    for name in _MAINS:
        op.add_column('presence', sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    said = ', '.join(f'{name} = {_said(name, "state")}' for name in _MAINS)
    op.execute(f'UPDATE presence SET {said} FROM device_states state WHERE state.device = presence.device')
    _keep(_MAINS)


def downgrade() -> None:
    _keep(())
    for name in reversed(_MAINS):
        op.drop_column('presence', name)


def _keep(mains: tuple[str, ...]) -> None:
    """Write anew what keeps `presence`, as 0022 has it, with these of a device's last words too."""
    level = _level('state')
    filled = ('coalesce(device.site, 0)', 'coalesce(device.cart, 0)', 'device.device', 'device.retired_on IS NOT NULL')
    filled = (*filled, 'state.last_heard_us', 'state.vitals_us', level, *(_said(name, 'state') for name in mains))
    columns = ('site', 'cart', 'device', 'is_retired', 'heard_us', 'told_us', 'level_percent', *mains)
    fill = (
        f'INSERT INTO presence ({", ".join(columns)}) SELECT {", ".join(filled)} FROM devices device'
        ' LEFT JOIN device_states state ON state.device = device.device WHERE device.device = NEW.device;'
    )
    forgotten = ', '.join(
        ('heard_us = NULL', 'told_us = NULL', 'level_percent = NULL', *(f'{name} = false' for name in mains))
    )
    if _is_sqlite():
        _keep_on_sqlite(fill, forgotten, mains)
    else:
        _keep_on_postgresql(fill, forgotten, mains)


def _keep_on_sqlite(fill: str, forgotten: str, mains: tuple[str, ...]) -> None:
    told = ', '.join(
        (
            'heard_us = NEW.last_heard_us',
            'told_us = NEW.vitals_us',
            f'level_percent = {_level("NEW")}',
            *(f'{name} = {_said(name, "NEW")}' for name in mains),
        )
    )
    told = f'UPDATE presence SET {told} WHERE device = NEW.device;'
    for name, event, body in (
        ('enrolled', 'INSERT ON devices', fill),
        ('told', 'INSERT ON device_states', told),
        ('changed', 'UPDATE OF last_heard_us, vitals, vitals_us ON device_states', told),
        ('forgotten', 'DELETE ON device_states', f'UPDATE presence SET {forgotten} WHERE device = OLD.device;'),
    ):
        op.execute(f'DROP TRIGGER presence_{name}')
        op.execute(f'CREATE TRIGGER presence_{name} AFTER {event} BEGIN {body} END')


def _keep_on_postgresql(fill: str, forgotten: str, mains: tuple[str, ...]) -> None:
    # Each `->>` reads the whole JSON anew: the words are taken out of it in one reading.
    words = ', '.join(('battery_level_percent double precision', *(f'{name} boolean' for name in mains)))
    told = ', '.join(
        (
            'heard_us = told.last_heard_us',
            'told_us = told.vitals_us',
            'level_percent = said.battery_level_percent',
            *(f'{name} = coalesce(said.{name}, false)' for name in mains),
        )
    )
    told = (
        f"UPDATE presence here SET {told} FROM told, json_to_record(coalesce(told.vitals, '{{}}')::json) AS said({words})"
        ' WHERE here.device = told.device;'
    )
    forget = f'UPDATE presence here SET {forgotten} FROM told WHERE here.device = told.device;'
    for name, body in (('enrolled', fill), ('told', told), ('changed', told), ('forgotten', forget)):
        op.execute(
            f'CREATE OR REPLACE FUNCTION presence_{name}() RETURNS trigger LANGUAGE plpgsql'
            f' AS $$BEGIN {body} RETURN NULL; END$$'
        )


def _said(name: str, row: str) -> str:
    if _is_sqlite():
        return f"coalesce(json_extract({row}.vitals, '$.{name}'), 0) = 1"
    return f"coalesce({row}.vitals::json->>'{name}', '') = 'true'"


def _level(row: str) -> str:
    if _is_sqlite():
        return f"json_extract({row}.vitals, '$.battery_level_percent')"
    return f"({row}.vitals::json->>'battery_level_percent')::double precision"


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'
