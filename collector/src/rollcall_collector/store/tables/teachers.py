"""What teachers have of a cart: the code that stands on it, and what they say is broken.

To name an index's condition here would load every driver of either database; the migration that makes it says it.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

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
    Index("ix_cart_codes_cart", "cart", unique=True),  # WHERE ended_us IS NULL: one of a cart works
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
    Index("ix_complaints_cart_slot", "cart", "slot", unique=True),  # WHERE closed_us IS NULL: said twice is said once
)
