"""Where messages go: one topic a publisher and purpose, with the publisher's bucket in it."""

from dataclasses import dataclass
from typing import Literal
from zlib import crc32

BUCKETS = 64
PREFIX = "rollcall/v1"
Leaf = Literal["reports", "state", "acks", "settings"]


def bucket(publisher: str) -> str:
    """CRC-32 of the publisher's name modulo 64, in two decimal digits."""
    return f"{crc32(publisher.encode()) % BUCKETS:02d}"


def topic(publisher: str, leaf: Leaf) -> str:
    """The one topic on which this publisher's messages of this purpose travel."""
    return f"{PREFIX}/{bucket(publisher)}/{publisher}/{leaf}"


@dataclass(frozen=True, slots=True)
class Address:
    """A topic taken apart. `has_own_bucket` is false where somebody wrote into another publisher's bucket."""

    publisher: str
    leaf: str
    has_own_bucket: bool


def parse_topic(text: str) -> Address | None:
    """The address behind a topic, or None where it is none of Rollcall's."""
    match text.split("/"):
        case ["rollcall", "v1", found, publisher, leaf]:
            return Address(publisher=publisher, leaf=leaf, has_own_bucket=found == bucket(publisher))
        case _:
            return None
