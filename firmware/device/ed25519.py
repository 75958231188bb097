"""Verification of Ed25519 signatures (RFC 8032) in small steps. MicroPython has no library for it.

Only what an update needs: no signing, so nothing secret is handled and nothing has to take constant time.
"""

_P = (1 << 255) - 19
_L = (1 << 252) + 27742317777372353535851937790883648493  # order of the base point
_D = -121665 * pow(121666, _P - 2, _P) % _P
_BASE_Y = 4 * pow(5, _P - 2, _P) % _P


def _point(data: bytes) -> tuple | None:
    """5.1.3: (x, y, 1, x*y) of 32 bytes; None where they are no canonical point."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * v**3 * pow(u * v**7 % _P, (_P - 5) // 8, _P) % _P
    if (v * x * x - u) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (v * x * x - u) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _double(point: tuple) -> tuple:
    """5.1.4."""
    x, y, z, _ = point
    a, b = x * x, y * y
    h = a + b
    e, g = (h - (x + y) ** 2) % _P, (a - b) % _P
    f = (2 * z * z + g) % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _add(one: tuple, other: tuple) -> tuple:
    """5.1.4; complete, so that no pair of points needs a case of its own."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]), (one[1] + one[0]) * (other[1] + other[0])
    c, d = 2 * _D * one[3] % _P * other[3], 2 * one[2] * other[2]
    e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


async def _combine(s: bytes, base: tuple, k: bytes, other: tuple, pause) -> tuple:
    """s * base + k * other, both bit by bit at once."""
    both = _add(base, other)
    found = (0, 1, 1, 0)
    for i in range(252, -1, -1):  # both are below L
        found = _double(found)
        bits = (s[i >> 3] >> (i & 7) & 1) | (k[i >> 3] >> (i & 7) & 1) << 1
        if bits:
            found = _add(found, (base, other, both)[bits - 1])
        await pause()
    return found


async def verify(key: bytes, digest: bytes, signature: bytes, pause) -> bool:
    """5.1.7, without the cofactor, as OpenSSL does it. `pause` is awaited every few milliseconds.

    `digest` is SHA-512 of the first half of the signature, the key and the message: the heap of a board need not hold
    the code for both at once.
    """
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    signer = _point(key)
    if s >= _L or signer is None:  # the same signature could be written in another way
        return False
    k = int.from_bytes(digest, "little") % _L
    x, y, z, xy = signer
    minus = (_P - x, y, z, _P - xy)
    base = _point(_BASE_Y.to_bytes(32, "little"))
    x, y, z, _ = await _combine(signature[32:], base, k.to_bytes(32, "little"), minus, pause)
    z = pow(z, _P - 2, _P)
    return (y * z % _P | (x * z % _P & 1) << 255).to_bytes(32, "little") == signature[:32]
