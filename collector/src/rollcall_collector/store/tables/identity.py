"""Who may speak and who may look: publishers, what bridges know devices by, tokens, people, their sites, sign-ins."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, false, true

from rollcall_collector.store.tables.metadata import Key, metadata

publishers = Table(
    "publishers",
    metadata,
    Column("publisher", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # device id or bridge id = MQTT user and client id
    Column("device", ForeignKey("devices.device"), index=True),  # NULL for a bridge
    Column("platform", Text),  # for a bridge: the only platform it may speak for
    Column("site", ForeignKey("sites.site")),  # for a bridge: where its devices are that no list places
    Column("secret_hash", Text, nullable=False),  # Mosquitto's own form: $7$iterations$salt$hash
    Column("enrolled_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger),
    Column("state", Text),  # ready, sleeping, disconnected, lost
    Column("session", BigInteger, nullable=False, server_default="0"),
    Column("last_heard_us", BigInteger),  # rounded to the day outside school hours
)
registry_changes = Table(
    "registry_changes",  # what ingest is to read again of who may speak: triggers write it
    metadata,
    Column("change", Key, primary_key=True),  # in the order of the commits
    Column("device", BigInteger, unique=True),  # with its own agent; NULL and no bridge: the school's own hours
    Column("bridge", BigInteger, unique=True),  # a publisher without a device
    sqlite_autoincrement=True,
)
hardware_keys = Table(
    "hardware_keys",  # by what a bridge's service knows a device; what a device's own agent says is its hardware_id
    metadata,
    Column("publisher", ForeignKey("publishers.publisher"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("device", ForeignKey("devices.device"), primary_key=True, index=True),
    Index("ix_hardware_keys_key", "key"),
)
enroll_tokens = Table(
    "enroll_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("site", ForeignKey("sites.site"), nullable=False),
    Column("platform", Text),  # set for a bridge's token
    Column("uses_left", Integer, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
)
people = Table(
    "people",
    metadata,
    Column("person", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),  # of model/person.py
    Column("created_us", BigInteger, nullable=False),
    Column("removed_us", BigInteger),
    # Said apart from the list of sites: who loses the last of them then sees none, not all.
    Column("has_all_sites", Boolean, nullable=False, server_default=true()),
    Column("is_mapped", Boolean, nullable=False, server_default=false()),  # role and sites come from the role map
    Column("is_emergency", Boolean, nullable=False, server_default=false()),
    Column(
        "emergency_seen_us", BigInteger, nullable=False, server_default="0"
    ),  # of an administrator: told until then
)
person_sites = Table(
    "person_sites",  # the sites of a person who does not see all
    metadata,
    Column("person", ForeignKey("people.person"), primary_key=True),
    Column("site", ForeignKey("sites.site"), primary_key=True),
)
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("secret_hash", Text, primary_key=True),  # of a one-time link, of a session's cookie, of a used state
    Column("kind", Text, nullable=False),  # link, session, state
    Column("person", ForeignKey("people.person"), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("used_us", BigInteger),
    Column("way", Text, nullable=False, server_default="link"),  # of a session: link, password, provider
    Column("browser", Text, nullable=False, server_default=""),  # of a session: Firefox on Windows
)
