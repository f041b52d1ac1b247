"""A password is random, kept only as Mosquitto's own hash of it, and checked without telling how close one came."""

import subprocess
from pathlib import Path

import pytest

from rollcall_collector.identity.credentials import digest, hash_password, new_secret, verify_password
from tests.support.require import lacking


def test_a_password_fits_its_own_hash_only() -> None:
    password = new_secret()

    kept = hash_password(password)

    assert verify_password(password, kept)
    assert not verify_password(password + "x", kept)
    assert not verify_password("", kept)


def test_secrets_are_256_random_bits() -> None:
    made = {new_secret() for _ in range(100)}

    assert len(made) == 100
    assert {len(one) for one in made} == {43}


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("one") != hash_password("one")
    assert hash_password("one", salt=b"twelve bytes") == hash_password("one", salt=b"twelve bytes")


@pytest.mark.parametrize(
    "damaged",
    ["", "$", "$7$", "$6$101$c2FsdA==$aGFzaA==", "$7$0$c2FsdA==$aGFzaA==", "$7$101$!$!", "$7$-1$c2FsdA==$aGFzaA==",
     "$7$99999999999$c2FsdA==$aGFzaA==", "$7$101$c2FsdA==$", "$7$101$$"],
)  # fmt: skip
def test_a_damaged_hash_fits_no_password(damaged: str) -> None:
    assert not verify_password("", damaged)
    assert not verify_password("password", damaged)


def test_a_digest_is_the_same_for_the_same_secret_and_is_not_the_secret() -> None:
    secret = new_secret()

    assert digest(secret) == digest(secret)
    assert secret not in digest(secret)


def test_mosquittos_own_hash_is_understood(tmp_path: Path) -> None:
    program = Path("/usr/bin/mosquitto_passwd")
    if not program.exists():
        lacking("mosquitto_passwd is not installed here")
    file = tmp_path / "passwords"

    subprocess.run([program, "-b", "-c", file, "d-0123456789ab", "a password"], check=True, capture_output=True)

    name, _, kept = file.read_text().strip().partition(":")
    assert name == "d-0123456789ab"
    assert verify_password("a password", kept)
    assert not verify_password("another", kept)
