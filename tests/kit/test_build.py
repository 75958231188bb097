"""Bundles: the same sources give the same bytes, nothing changed passes, and the key stays private."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firmware.kit import build, bundle, sign
from firmware.kit.bundle import BundleError

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FILES = {"protocol/a.mpy": b"M\x06\x00\x1fabc", "firmware/b.mpy": b"M\x06\x00\x1f" + bytes(600)}
SEALED = build.seal(FILES, "pico_w", "lift", (1, 4, 0), KEY)


def test_a_bundle_of_the_sources_is_made_twice_alike() -> None:
    """Same input, same bytes; it holds what a fire endpoint imports, its pins, and nothing of the host."""
    first = build.build("esp32_s3", "fire", (1, 4, 0), KEY)
    read = bundle.read(first)

    assert first == build.build("esp32_s3", "fire", (1, 4, 0), KEY)
    read.verify(sign.public_bytes(KEY))
    assert {"firmware/device/main.mpy", "firmware/device/endpoints/fire.mpy", "firmware/device/pins.mpy"} <= set(
        read.files
    )
    assert {"firmware/device/update.mpy", "firmware/device/ed25519.mpy", "firmware/device/sha512.mpy"} <= set(
        read.files
    )
    assert not any("kit/" in path or "lift" in path for path in read.files)
    assert ("esp32_s3", "fire", (1, 4, 0), 6) == (
        read.manifest.board,
        read.manifest.kind,
        read.manifest.version,
        read.manifest.mpy,
    )
    assert build.slot_files("esp32_s3", "fire", (1, 4, 0)) == read.slot_files()
    assert bundle.MANIFEST == list(read.slot_files())[-1], "the manifest says that a slot is whole: it is written last"


def test_a_bundle_says_what_is_in_it() -> None:
    """The head, the manifest and the files stand where docs/updates.md says."""
    length = int.from_bytes(SEALED[4:8], "big")
    manifest = bundle.Manifest.decode(SEALED[72 : 72 + length])

    assert SEALED[:4] == b"GWB1"
    assert [path for path, _, _ in manifest.files] == sorted(FILES)
    assert SEALED[72 + length :] == b"".join(FILES[path] for path in sorted(FILES))
    assert manifest.encode() == SEALED[72 : 72 + length]
    KEY.public_key().verify(SEALED[8:72], b"gwbundle1:" + hashlib.sha256(SEALED[72 : 72 + length]).digest())


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, by: int) -> None:
    """Wherever a byte is changed, reading or verifying says no."""
    changed = SEALED[:at] + bytes([SEALED[at] ^ by]) + SEALED[at + 1 :]

    with pytest.raises(BundleError):
        bundle.read(changed).verify(sign.public_bytes(KEY))


@given(st.integers(0, len(SEALED) - 1))
def test_a_part_of_a_bundle_is_none(length: int) -> None:
    """However it is cut, and with anything behind it."""
    for data in (SEALED[:length], SEALED + SEALED[: length + 1]):
        with pytest.raises(BundleError):
            bundle.read(data)


def test_another_key_is_another_signer() -> None:
    """Also where it is no key at all."""
    for public in (sign.public_bytes(Ed25519PrivateKey.generate()), bytes(31), b""):
        with pytest.raises(BundleError, match="signature"):
            bundle.read(SEALED).verify(public)


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    """Mode 0600, not overwritten, not loaded where others may read it; the errors never hold it."""
    path = tmp_path / "signing.pem"
    made = sign.make_key(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert sign.public_bytes(sign.load_key(path)) == sign.public_bytes(made)
    with pytest.raises(BundleError, match="not overwritten"):
        sign.make_key(path)
    path.chmod(0o640)
    with pytest.raises(BundleError, match="chmod 600"):
        sign.load_key(path)
    path.chmod(0o600)
    path.write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")
    with pytest.raises(BundleError) as caught:
        sign.load_key(path)
    assert "secret" not in str(caught.value)
    with pytest.raises(BundleError, match="cannot be read"):
        sign.load_key(tmp_path / "none")


@pytest.mark.parametrize("text", ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.-2.3"])
def test_a_version_is_three_numbers(text: str) -> None:
    """Anything else is refused in both languages."""
    assert (1, 10, 0) == bundle.parse_version("1.10.0") > bundle.parse_version("1.9.9")
    with pytest.raises(BundleError, match="版本"):
        bundle.parse_version(text)


def test_what_does_not_compile_is_named() -> None:
    """With the compiler's own words."""
    with pytest.raises(BundleError, match=r"firmware/x\.py"):
        build.compiled({"firmware/x.py": "def broken(:\n"})
