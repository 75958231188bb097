"""What lies on flash of a terminal, and who can read it."""

from __future__ import annotations

import hashlib
import hmac as standard
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device.handheld_vault import Vault, check_value, hmac, stretch
from tests.firmware.handheld.test_terminal import Aes

KEY = stretch("2580", b"0123456789abcdef", 100)


def vault_of(folder: Path, key: bytes = KEY) -> Vault:
    """An open one."""
    vault = Vault(str(folder / "vault"), str(folder / "secret"), Aes)
    vault.unlock(key)
    return vault


def test_hmac_of_rfc_4231() -> None:
    """Test cases 1 and 2 of RFC 4231."""
    one = hmac(b"\x0b" * 20, b"Hi There").hex()
    two = hmac(b"Jefe", b"what do ya want for nothing?").hex()

    assert "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" == one
    assert "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" == two


@given(st.binary(max_size=64), st.binary(max_size=200))
def test_hmac_is_hmac(key: bytes, message: bytes) -> None:
    """For every key that we may use."""
    assert standard.new(key, message, hashlib.sha256).digest() == hmac(key, message)


@settings(max_examples=40, deadline=None)
@given(plain=st.binary(max_size=300), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_record_comes_back_or_nothing_does(
    tmp_path_factory: pytest.TempPathFactory, plain: bytes, at: int, bit: int
) -> None:
    """Whole, or, with any bit turned, not at all."""
    folder = tmp_path_factory.mktemp("vault")
    vault = vault_of(folder)
    vault.write("t0", plain)
    assert plain == vault.read("t0")
    path = folder / "vault" / "t0"
    sealed = bytearray(path.read_bytes())
    assert len(plain) < 8 or plain not in bytes(sealed)
    sealed[at % len(sealed)] ^= 1 << bit
    path.write_bytes(sealed)

    assert vault.read("t0") is None


@pytest.mark.parametrize("length", [0, 1, 16, 31, 32, 47, 63, 64])
def test_a_torn_record(tmp_path: Path, length: int) -> None:
    """Whatever is left of it."""
    vault = vault_of(tmp_path)
    vault.write("t0", b"x" * 20)
    path = tmp_path / "vault" / "t0"
    path.write_bytes(path.read_bytes()[:length])

    assert vault.read("t0") is None


def test_who_can_read(tmp_path: Path) -> None:
    """The PIN and this board's secret, both; the same PIN on another board gives another key."""
    vault_of(tmp_path).write("t0", b"task")
    assert b"task" == vault_of(tmp_path).read("t0")
    assert vault_of(tmp_path, stretch("2581", b"0123456789abcdef", 100)).read("t0") is None
    (tmp_path / "secret").write_bytes(bytes(32))
    assert vault_of(tmp_path).read("t0") is None
    locked = vault_of(tmp_path)
    locked.unlock(b"")

    assert locked.read("t0") is None


def test_the_same_text_is_sealed_differently_each_time(tmp_path: Path) -> None:
    """Nobody sees that a task came back."""
    vault = vault_of(tmp_path)
    vault.write("t0", b"task")
    first = (tmp_path / "vault" / "t0").read_bytes()
    vault.write("t0", b"task")

    assert first != (tmp_path / "vault" / "t0").read_bytes()


def test_wiped(tmp_path: Path) -> None:
    """Records and secret are gone, also what a power cut had left half written."""
    vault = vault_of(tmp_path)
    vault.write("t0", b"task")
    (tmp_path / "vault" / "t1.new").write_bytes(b"half")
    vault.wipe()

    assert vault.read("t0") is None
    assert not (tmp_path / "secret").exists()
    assert [] == list((tmp_path / "vault").iterdir())


def test_the_check_value_is_not_the_key() -> None:
    """What the settings hold opens nothing."""
    assert check_value(KEY) != KEY.hex()
    assert check_value(KEY) != check_value(stretch("2580", b"fedcba9876543210", 100))
