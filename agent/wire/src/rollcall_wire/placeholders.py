"""Tells a number that names one device from what makers leave where nobody wrote one: one list for both sides."""

import re

SHARED = frozenset(
    {
        # Firmware ids that whole series of boards carry. FreeBSD's rc.d/hostid lists:
        "00020003-0004-0005-0006-000700080009",
        "03000200-0400-0500-0006-000700080009",
        "07090201-0103-0301-0807-060504030201",
        "890e2d14-cacd-45d1-ae66-bc80e8bfeb0f",
        "8e275844-178f-44a8-aceb-a7d7e5178c63",
        "dc698397-fa54-4cf2-82c8-b1b5307a6a7f",
        # osquery (pull request 4374), and the same in the other order of bytes:
        "03020100-0504-0706-0809-0a0b0c0d0e0f",
        "00010203-0405-0607-0809-0a0b0c0d0e0f",
        # boards of no name (12345678 in either order of bytes), and programs' own fillers:
        "12345678-1234-5678-90ab-cddeefaabbcc",
        "78563412-3412-7856-90ab-cddeefaabbcc",
        "12345678-1234-1234-1234-123456789abc",
        "12345678-1234-1234-1234-1234567890ab",
        "12345678-1234-1234-1234-123456789012",
        "deadbeef",
        "1234abcd",
        # GLPI's default blacklist, from here on: a firmware id, serial numbers, addresses of adapters and modems.
        "6ab5b300-538d-1014-9fb5-b0684d007b53",
        "123456789000",
        "eval",
        "iatpass",
        "tulip computers",
        "sn-123456fvgv3i0b8o5n6n7k",
        "serial number xxxxxx",
        "20:41:53:59:4e:ff",
        "02:00:4e:43:50:49",
        "e2:e6:16:20:0a:35",
        "d2:0a:2d:a0:04:be",
        "00:a0:c6:00:00:00",
        "d2:6b:25:2f:2c:e7",
        "33:50:6f:45:30:30",
        "0a:00:27:00:00:00",
        "00:50:56:c0:00:01",
        "00:50:56:c0:00:02",
        "00:50:56:c0:00:08",
        "02:80:37:ec:02:00",
        "50:50:54:50:30:30",
        "24:b6:20:52:41:53",
        "fe:ff:ff:ff:ff:ff",
        "00:0b:ca:fe:00:00",
        # Realtek's chips whose memory nobody wrote (OpenWrt, pull request 21644), and boards with them:
        "00:e0:4c:00:00:00",
        "88:88:88:88:87:88",
    }
)
"""Values that are known to stand in many devices at once, in small letters."""
_DELL_WITHOUT_TAG = re.compile(r"(?:4c4c4544|44454c4c)(?:00|20|10|80|a0|c04f)+")
"""A Dell's firmware id spells its service tag (Dasharo, issue 155): these are spaces and zeros, so it had none."""
_FILLER = re.compile(
    r"(?:tobe|filled|filed|setby|set|oem|default|string|system|chassis|enclosure|baseboard|base|mainboard|motherboard"
    r"|board|product|type\d|serial|number|numb|no|asset|tag|not|none|null|na|nil|unknown|unknow|unspecified|undefined"
    r"|invalid|empty|specified|applicable|available|defined|assigned|provided|programmed|information|name|sku"
    r"|manufacture|manufacturer\d?|version|uuid|part|ser|num\d?|sn|sys|mfg|present|reserved|tbd|sample|test|please|fill"
    r"|enter|config|id|undefine|settable|badindex|outofspec|by|more|atag|false|true)+"
)
"""Words that say what should stand there, or that nothing does: "To Be Filled By O.E.M.", "Chassis Serial Number"."""
_NUMBERED = re.compile(r"(?P<letters>[a-z]*)(?P<digits>\d+)")
_FEW_DIGITS, _MANY_DIGITS = 4, 9
_LABELS = frozenset({"", "sn", "ssn", "bsn", "mb", "sys", "atn", "serial", "asset"})
"""With one of these before it a short count is a filler; behind other letters only a long one: NA123456 is a name."""
_COUNTS = ("0123456789" * 4, "1234567890" * 4, "9876543210" * 4, "0987654321", "87654321")
_HEX = "0123456789abcdef"
_LADDERS = (
    _HEX * 2,
    "abcdefghijklmnopqrstuvwxyz",
    "00112233445566778899aabbccddeeff",
    "ffeeddccbbaa99887766554433221100",
    "000102030405060708090a0b0c0d0e0f",
)
_WRITTEN_CHARACTERS_MIN, _LONG_CHARACTERS, _ZEROS_MIN = 4, 8, 6
"""So many signs stand before the zeros of a number that somebody wrote: 5CD0000000 is a maker's three and a blank."""
_FIRMWARE_ID_CHARACTERS, _FIRMWARE_ID_DISTINCT_MIN = 32, 6


def is_identity(value: str | None) -> bool:
    """Whether a serial number, firmware id, tag or network address can tell one device from another.

    False for what is known to be shared, for words that say that nothing was written, for one sign repeated, and for
    counting (1234567890). For what firmware states: in a school's own list 12345 may well be a tag.
    """
    stated = " ".join((value or "").lower().split()).strip("{}")
    bare = "".join(one for one in stated if one.isalnum())
    if _is_one_sign(bare) or stated in SHARED or says_what_should_stand(bare):
        return False
    if len(bare) == _FIRMWARE_ID_CHARACTERS and (
        len(set(bare)) < _FIRMWARE_ID_DISTINCT_MIN or bare.endswith("f" * 20)
    ):
        return False
    return not (_DELL_WITHOUT_TAG.fullmatch(bare) or _is_pattern(bare) or _is_counting(bare))


def says_what_should_stand(bare: str) -> bool:
    """Whether small letters without signs only say what should stand there, or that nothing does."""
    return _FILLER.fullmatch(bare) is not None


def _is_one_sign(bare: str) -> bool:
    """Whether it is one sign repeated, alone or behind the label of a number: 0xFFFFFFFF, S/N XXXXXXXX."""
    rest = bare.removeprefix("0x").removeprefix("sn")
    return len(set(rest or bare)) <= 1


def _is_pattern(bare: str) -> bool:
    """Whether a long number is hardly more than zeros, or one or two signs over and over."""
    if len(bare) < _LONG_CHARACTERS:
        return False
    written = bare.removeprefix("0x").strip("0")
    least = _WRITTEN_CHARACTERS_MIN + (3 if len(bare) == _FIRMWARE_ID_CHARACTERS else 0)
    is_blank = len(written) <= 1 or (bare.endswith("0" * _ZEROS_MIN) and len(written) < least)
    return is_blank or bare in (bare[:2] * len(bare))[: len(bare)] or bare in (bare[:8] * 2, bare[:8] * 4)


def _is_counting(bare: str) -> bool:
    if len(bare) >= _FEW_DIGITS and any(bare in ladder for ladder in _LADDERS):
        return True
    found = _NUMBERED.fullmatch(bare)
    if found is None:
        return False
    digits = found["digits"]
    is_short = len(digits) < (_FEW_DIGITS if found["letters"] in _LABELS else _MANY_DIGITS)
    return not is_short and any(count.startswith(digits) for count in _COUNTS)
