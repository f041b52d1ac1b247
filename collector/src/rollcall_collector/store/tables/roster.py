"""What the school has: sites, holidays, lessons, carts, devices."""

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from rollcall_collector.store.tables.metadata import Key, metadata

sites = Table(
    "sites",
    metadata,
    Column("site", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("zone", Text, nullable=False),
    Column("days", Text, nullable=False, server_default="12345"),  # ISO weekdays with school
    Column("opens_minute", Integer, nullable=False, server_default="420"),
    Column("closes_minute", Integer, nullable=False, server_default="1020"),
)
holidays = Table(
    "holidays",
    metadata,
    Column("site", ForeignKey("sites.site"), primary_key=True),
    Column("on", Integer, primary_key=True),
    Column("name", Text, nullable=False, server_default=""),
)
lessons = Table(
    "lessons",  # the same on every school day
    metadata,
    Column("site", ForeignKey("sites.site", ondelete="CASCADE"), primary_key=True),
    Column("starts_minute", Integer, primary_key=True, autoincrement=False),
    Column("ends_minute", Integer, nullable=False),
    Column("label", Text, nullable=False),
)
carts = Table(
    "carts",
    metadata,
    Column("cart", Key, primary_key=True),
    Column("site", ForeignKey("sites.site"), nullable=False),
    Column("name", Text, nullable=False),
    Column("home_room", Text),
    Column("slots", Integer),
    Column("charging", Text, nullable=False, server_default="all_at_once"),  # or cyclic_thirds
    UniqueConstraint("site", "name"),
)
devices = Table(
    "devices",
    metadata,
    Column("device", Key, primary_key=True),
    Column("device_id", Text, nullable=False, unique=True),
    Column("serial_number", Text, unique=True),
    Column("asset_tag", Text),
    Column("hardware_id", Text, index=True),  # hash of what firmware says of itself; tells a cloned image apart
    Column("platform", Text),
    Column("manufacturer", Text),
    Column("model", Text, index=True),
    Column("os_version", Text),
    Column("memory_bytes", BigInteger),
    Column("storage_bytes", BigInteger),
    Column("site", ForeignKey("sites.site"), index=True),
    Column("cart", ForeignKey("carts.cart"), index=True),
    Column("slot", Integer),
    Column("role", Text, nullable=False, server_default="pupil"),
    Column("purchased_on", Integer),
    Column("price", Float),  # in the district's currency
    Column("warranty_until", Integer),
    Column("support_until", Integer),
    Column("enrolled_on", Integer),
    Column("retired_on", Integer),
    Index("ix_devices_due", "site", "platform", "purchased_on", "price", "support_until"),  # WHERE as the next
    Index("ix_devices_in_service", "device"),  # WHERE retired_on IS NULL: see teachers
    Index("ix_devices_retired", "device"),  # WHERE retired_on IS NOT NULL
    Index("ix_devices_name", text("coalesce(asset_tag, serial_number, device_id)"), "device"),
)
roster_changes = Table(
    "roster_changes",  # what people changed about places: devices moved, sites renamed, merged, removed
    metadata,
    Column("change", Key, primary_key=True),
    Column("kind", Text, nullable=False),  # move, rename, merge, remove
    Column("site", BigInteger),  # whose change it is: where devices came to; NULL: of no site, or of one that is gone
    Column("subject", Text, nullable=False),  # what was changed: a site's name; of a move empty
    Column("target", Text, nullable=False),  # what it became: a name, a place; of a removal empty
    Column("devices", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("before", JSON, nullable=False),  # all that is needed to take it back
    Column("undone_us", BigInteger),
)
