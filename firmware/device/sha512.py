"""SHA-512 (FIPS 180-4) in small steps, for the signature of a bundle: MicroPython's hashlib ends at SHA-256."""

_MASK = (1 << 64) - 1


def _next_prime(number: int) -> int:
    while True:
        number += 1
        divisor = 2
        while divisor * divisor <= number and number % divisor:
            divisor += 1
        if divisor * divisor > number:
            return number


def _fraction(prime: int, power: int) -> int:
    """First 64 bits of the fractional part of a root of a prime: 4.2.3 (power 3) and 5.3.5 (power 2) are made so."""
    wanted = prime << 64 * power
    root = 1 << 70  # above the root of every prime we use
    while True:  # Newton, from above: ends at the floor
        lower = ((power - 1) * root + wanted // root ** (power - 1)) // power
        if lower >= root:
            return root & _MASK
        root = lower


def _turn(word: int, count: int) -> int:
    return (word >> count | word << 64 - count) & _MASK


def _mix(word: int, first: int, second: int, third: int) -> int:
    return _turn(word, first) ^ _turn(word, second) ^ _turn(word, third)


def _next_word(words: list) -> int:
    """6.4.2, step 1, on the last sixteen words."""
    early = _turn(words[1], 1) ^ _turn(words[1], 8) ^ words[1] >> 7
    late = _turn(words[14], 19) ^ _turn(words[14], 61) ^ words[14] >> 6
    return (words[0] + early + words[9] + late) & _MASK


def _round(state: list, number: int) -> list:
    """6.4.2, step 3; `number` is the sum of the constant and the word of this round."""
    a, b, c, d, e, f, g, h = state
    first = h + _mix(e, 14, 18, 41) + (e & f ^ ~e & g) + number
    second = _mix(a, 28, 34, 39) + (a & b ^ a & c ^ b & c)
    return [(first + second) & _MASK, a, b, c, (d + first) & _MASK, e, f, g]


async def sha512(data: bytes, pause) -> bytes:
    """The digest. `pause` is awaited every few rounds, so that everything else goes on."""
    data = data + b"\x80" + bytes(-(len(data) + 17) % 128) + (8 * len(data)).to_bytes(16, "big")
    digest = [_fraction(prime, 2) for prime in (2, 3, 5, 7, 11, 13, 17, 19)]
    for start in range(0, len(data), 128):
        words = [int.from_bytes(data[at : at + 8], "big") for at in range(start, start + 128, 8)]
        state, prime = digest, 1
        for i in range(80):
            prime = _next_prime(prime)
            state = _round(state, _fraction(prime, 3) + words[0])
            words.append(_next_word(words))
            words.pop(0)
            if i % 4 == 0:
                await pause()
        digest = [(digest[i] + state[i]) & _MASK for i in range(8)]
    return b"".join([word.to_bytes(8, "big") for word in digest])
