"""What makers leave where nobody wrote a number tells no device from another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall_wire.placeholders import SHARED, is_identity


@pytest.mark.parametrize(
    "value",
    [
        *sorted(SHARED),
        None,
        "",
        "  ",
        "...",
        "0",
        "XXXXXXXX",
        "N/A",
        "To Be Filled By O.E.M.",
        "To be set by O.E.M.",
        "Default_string",
        "Default string",
        "OEM_Serial",
        "SystemSerialNumb",
        "System Serial Number",
        "Chassis Serial Number",
        "Base Board Serial Number",
        "Type2 - Board Serial Number",
        "No Asset Information",
        "Not Specified",
        "Unknow",
        "1234567890",
        "0123456789ABCDEF",
        "SSN12345678901234567",
        "BSN12345678901234567",
        "ATN12345678901234567",
        "EeePC-1234567890",
        "EeePC-0123456789",
        "MB-1234567890",
        "SYS-9876543210",
        "SN-12345",
        "{FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF}",
        "FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE",
        "01010101-0101-0101-0101-010101010101",
        "11111111-2222-3333-4444-555555555555",
        "10000000-0000-8000-0040-000000000000",
        "1a2b3c4d-ffff-ffff-ffff-ffffffffffff",
        "03000200-0400-0500-0006-000700080009\n",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "Chassis Manufacture",
        "AssetTagNum0",
        "Manufacturer0",
        "SerNum0",
        "Type1ProductConfigId",
        "<BAD INDEX>",
        "Not Present",
        "Enter Asset Tag",
        "TBD by OEM",
        "To Be Filled By O.E.M. by More String",
        "Sys. Serial",
        "S/N",
        "0x00000000",
        "5CD0000000",
        "00000001",
        "1122334455",
        "0101010101",
        "DEADBEEFDEADBEEF",
        "ABCDEFGH",
        "0123456789ABCDEF0123",
        "00000000-0000-0000-0000-AC1F6B000000",
        "00112233-4455-6677-8899-AABBCCDDEEFF",
        "00:11:22:33:44:55",
        "02:00:00:00:00:00",
        "00:01:02:03:04:05",
        "4c4c4544-0000-2010-8020-80c04f202020",
        "4C4C4544-0020-2010-8020-A0C04F202020",
        "44454c4c-0000-1020-8020-a0c04f202020",
        "To Be Filled",
        "To be filed by O.E.M.",
        "0xFFFFFFFF",
        "S/N XXXXXXXX",
        "0987654321",
    ],
)
def test_a_placeholder_is_no_identity(value: str | None) -> None:
    assert not is_identity(value)


@pytest.mark.parametrize(
    "value",
    [
        "5CD1234ABC",
        "PF3ABCDE",
        "C02XG2JHJGH5",
        "1284567-8",
        "VMware-56 4d 1a 4f",
        "NA123456",
        "NA12345678",
        "N/A-100",
        "SN1234X",
        "ABC1234567",
        "20481357",
        "4c4c4544-0042-3510-8054-b4c04f4e3632",
        "4c4c4544-0051-3410-8051-b5c04f375931",
        "00:e0:4c:68:01:a3",
        "SNXA1B2",
        "00000000-0000-0000-0000-e0699522a1b3",
        "032E02B4-0499-0512-8506-7A0700080009",
        "3c:00:00:00:0f:01",
        "52:54:00:12:34:56",
        "No5-Baker",
        "LR0A1B2C",
        "NXEFJAA00112345678901",
        "0000012345678",
        "TEST1234",
        "DMPX000000",
        "0000000042",
        "OEM7781",
        "Asset 12",
        "0815",
    ],
)
def test_a_number_that_somebody_meant_is_one(value: str) -> None:
    assert is_identity(value)


@settings(deadline=None)  # machines are busy
@given(st.uuids(version=4))
def test_no_random_firmware_id_is_taken_for_a_placeholder(value: object) -> None:
    assert is_identity(str(value))


@settings(deadline=None)  # machines are busy
@given(st.text(max_size=200))
def test_any_text_is_one_or_the_other(value: str) -> None:
    assert is_identity(value) in {True, False}
