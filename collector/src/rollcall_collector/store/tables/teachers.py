"""What teachers have of a cart: the code that stands on it, and what they say is broken."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, text

from rollcall_collector.store.tables.metadata import Key, metadata

_CART = "carts.cart"

cart_codes = Table(
    "cart_codes",
    metadata,
    Column("code", Key, primary_key=True),
    Column("cart", ForeignKey(_CART, ondelete="CASCADE"), nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("made_us", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("used_us", BigInteger),
    Column("ended_us", BigInteger),
    Index(  # one of a cart works
        "ix_cart_codes_cart",
        "cart",
        unique=True,
        sqlite_where=text("ended_us IS NULL"),
        postgresql_where=text("ended_us IS NULL"),
    ),
)
complaints = Table(
    "complaints",
    metadata,
    Column("complaint", Key, primary_key=True),
    Column("cart", ForeignKey(_CART, ondelete="CASCADE"), nullable=False),
    Column("slot", Integer, nullable=False),  # 0: whoever said it did not know the number
    Column("device", ForeignKey("devices.device", ondelete="SET NULL"), index=True),
    Column("trouble", Text),  # one of model/cart.py's; NULL: not said
    Column("said_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger),
    Column("closed_by", Text),
    Index(  # said twice is said once
        "ix_complaints_cart_slot",
        "cart",
        "slot",
        unique=True,
        sqlite_where=text("closed_us IS NULL"),
        postgresql_where=text("closed_us IS NULL"),
    ),
)
