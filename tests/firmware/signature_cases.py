"""Signatures that must hold and that must not, for both interpreters: RFC 8032, 7.1 (tests 1 to 3 and SHA(abc))."""

import asyncio
from binascii import unhexlify

from firmware.device.ed25519 import verify
from firmware.device.sha512 import sha512

# public key, message, signature
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
)
ORDER = (1 << 252) + 27742317777372353535851937790883648493
FIELD = (1 << 255) - 19


async def _no_pause():
    pass


async def check(key, message, signature, pause):
    """Both parts, as an update does them."""
    return await verify(key, await sha512(signature[:32] + key + message, pause), signature, pause)


def _holds(key, message, signature):
    return asyncio.run(check(key, message, signature, _no_pause))


def _vectors():
    return [tuple([unhexlify(part) for part in vector]) for vector in VECTORS]


def the_digest_of_abc():
    """FIPS 180-4's example is the message of the last vector."""
    assert asyncio.run(sha512(b"abc", _no_pause)) == _vectors()[3][1]


def the_vectors_of_the_standard_hold():
    for key, message, signature in _vectors():
        assert _holds(key, message, signature)


def anything_changed_does_not_hold():
    key, message, signature = _vectors()[2]
    for part in range(3):
        for bit in (0, 7, 3):
            whole = [bytearray(key), bytearray(message), bytearray(signature)]
            whole[part][-1 if bit == 3 else 0] ^= 1 << bit
            assert not _holds(*[bytes(data) for data in whole])


def the_second_form_of_s_does_not_hold():
    key, message, signature = _vectors()[1]
    s = int.from_bytes(signature[32:], "little") + ORDER
    assert not _holds(key, message, signature[:32] + s.to_bytes(32, "little"))


def wrong_lengths_do_not_hold():
    key, message, signature = _vectors()[1]
    for bad in (b"", signature[:-1], signature + b"\0", signature[:32]):
        assert not _holds(key, message, bad)
    for bad in (b"", key[:-1], key + b"\0"):
        assert not _holds(bad, message, signature)


def keys_that_are_no_points_do_not_hold():
    _, message, signature = _vectors()[1]
    for y in (2, FIELD, FIELD + 1, (1 << 255) - 1):  # not on the curve, or 0 and 1 in a second form
        assert not _holds(y.to_bytes(32, "little"), message, signature)
    assert not _holds(((1 << 255) | 1).to_bytes(32, "little"), message, signature)  # x = 0 with a sign


def it_pauses_often():
    counted = []

    async def pause():
        counted.append(1)

    key, message, signature = _vectors()[0]
    assert asyncio.run(check(key, message, signature, pause))
    assert len(counted) > 250


CASES = (
    the_digest_of_abc,
    the_vectors_of_the_standard_hold,
    anything_changed_does_not_hold,
    the_second_form_of_s_does_not_hold,
    wrong_lengths_do_not_hold,
    keys_that_are_no_points_do_not_hold,
    it_pauses_often,
)
