"""Programs with their scopes, and the audit log: who did what, with what was before and after."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text

from rollcall_collector.store.tables.metadata import Key, metadata

programs = Table(
    "programs",
    metadata,
    Column("program", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),  # rights of model/person.py, a blank between them
    Column("has_all_sites", Boolean, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("ends_us", BigInteger, nullable=False),
    Column("used_us", BigInteger),
    Column("revoked_us", BigInteger),
)
program_sites = Table(
    "program_sites",  # the sites of a program that does not see all
    metadata,
    Column("program", ForeignKey("programs.program"), primary_key=True),
    Column("site", ForeignKey("sites.site", ondelete="CASCADE"), primary_key=True),
)
audit = Table(
    "audit",  # only ever added to: a trigger refuses every change, and a removal of what is still to be kept
    metadata,
    Column("entry", Key, primary_key=True),
    Column("at_us", BigInteger, nullable=False, index=True),
    Column("author", Text, nullable=False),
    Column("deed", Text, nullable=False),  # decided, changed, enrolled, revoked, exported, signed_in
    Column("noun", Text, nullable=False),  # person, site, flag, …
    Column("subject", Text, nullable=False),
    Column("site", Integer),  # no key: the site may be gone; NULL: of no single site
    Column("before", JSON),
    Column("after", JSON),
)
