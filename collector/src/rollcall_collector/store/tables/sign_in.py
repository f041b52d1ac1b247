"""How people sign in without a link: by a provider's account, by a password, and what gives them their role."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Table, Text, UniqueConstraint

from rollcall_collector.store.tables.metadata import Key, metadata

accounts = Table(
    "accounts",  # at a provider, by its issuer and subject: an e-mail address may be given to somebody else next year
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person", ForeignKey("people.person"), nullable=False, index=True),
)
passwords = Table(
    "passwords",
    metadata,
    Column("person", ForeignKey("people.person"), primary_key=True),
    Column("secret_hash", Text, nullable=False),  # argon2's own form: $argon2id$v=19$…
    Column("changed_us", BigInteger, nullable=False),
)
role_rules = Table(
    "role_rules",  # what a sign-in at the provider must show to give a role
    metadata,
    Column("rule", Key, primary_key=True),
    Column("kind", Text, nullable=False),  # app_role, group, address, domain
    Column("value", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("has_all_sites", Boolean, nullable=False),
    UniqueConstraint("kind", "value", name="uq_role_rules_kind_value"),
)
role_rule_sites = Table(
    "role_rule_sites",  # the sites of a rule that does not give all
    metadata,
    Column("rule", ForeignKey("role_rules.rule", ondelete="CASCADE"), primary_key=True),
    Column("site", ForeignKey("sites.site", ondelete="CASCADE"), primary_key=True),
)
person_rules = Table(
    "person_rules",  # by which rules somebody has the role: where one is changed or gone, they sign in anew
    metadata,
    Column("person", ForeignKey("people.person"), primary_key=True),
    Column("rule", ForeignKey("role_rules.rule", ondelete="CASCADE"), primary_key=True, index=True),
)
emergency_uses = Table(
    "emergency_uses",  # whenever the emergency administrator signed in
    metadata,
    Column("use", Key, primary_key=True),
    Column("used_us", BigInteger, nullable=False),
)
