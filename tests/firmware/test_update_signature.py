"""Ed25519 of the boards: the standard's vectors under both interpreters, and `cryptography` as the second opinion."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device.sha512 import sha512
from simulators.virtual_board.flash import micropython_argv
from tests.firmware import signature_cases

BITS = st.lists(st.integers(0, 8 * 64 - 1), max_size=2)


async def _no_pause() -> None:
    pass


@pytest.mark.parametrize("case", signature_cases.CASES, ids=lambda case: case.__name__)
def test_under_cpython(case: Callable[[], None]) -> None:
    """One case."""
    case()


def test_under_micropython(repository: Path) -> None:
    """All cases, in a heap as small as a board's; no step is long."""
    argv = micropython_argv(128, repository / "tests/firmware/signature_on_board.py", str(repository))
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)

    *said, figures = done.stdout.splitlines()
    assert [f"ok {case.__name__}" for case in signature_cases.CASES] == said, done.stdout + done.stderr
    print(figures)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400))
def test_sha512_is_hashlib_s(data: bytes) -> None:
    """The same digest for every message."""
    assert asyncio.run(sha512(data, _no_pause)) == hashlib.sha512(data).digest()


@settings(max_examples=150, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), in_signature=BITS, in_key=BITS)
def test_verify_agrees_with_cryptography(
    seed: bytes, message: bytes, in_signature: list[int], in_key: list[int]
) -> None:
    """Accepted is what OpenSSL accepts, also where bits of signature and key are turned."""
    signer = Ed25519PrivateKey.from_private_bytes(seed)
    key = _turned(signer.public_key().public_bytes_raw(), in_key)
    signature = _turned(signer.sign(message), in_signature)

    assert _openssl(key, message, signature) == asyncio.run(signature_cases.check(key, message, signature, _no_pause))


def _turned(data: bytes, bits: list[int]) -> bytes:
    whole = bytearray(data)
    for bit in bits:
        whole[bit // 8 % len(whole)] ^= 1 << bit % 8
    return bytes(whole)


def _openssl(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
