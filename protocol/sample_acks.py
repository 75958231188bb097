"""A gateway tells an endpoint which samples are durable; only then may the endpoint forget them.

The broker's own acknowledgement is no proof: a broker that dies has lost what it had acknowledged and not delivered.
"""

import json

from protocol.errors import PayloadError
from protocol.fields import list_of, load_object, whole

MAX_BYTES = 4096


def encode_samples(boot: int, ranges: list) -> bytes:
    """The samples of `boot` in these (first, last) ranges are durable in the gateway."""
    return json.dumps({"boot": boot, "seqs": [list(pair) for pair in ranges]}).encode()


def decode_samples(payload: bytes) -> tuple[int, list]:
    """(boot, [(first, last), ...]). Raises PayloadError."""
    fields = load_object(payload, MAX_BYTES)
    boot = whole(fields, "boot")
    ranges = []
    for pair in list_of(fields, "seqs"):
        if not isinstance(pair, list) or len(pair) != 2 or not all([isinstance(end, int) for end in pair]):
            raise PayloadError("bad_seqs", "'seqs' holds pairs of whole numbers")
        ranges.append((pair[0], pair[1]))
    return boot, ranges
