"""Bytes that are too many for one message, in pieces: a line of JSON that says which, then the bytes.

A snapshot goes from endpoint to gateway (topic `piece`) and continues where the gateway's receipt says. A bundle of an
update is fetched by the endpoint: it asks for an offset (topic `fetch`) and gets that piece (topic `bundle`).
"""

import json

from protocol.errors import PayloadError
from protocol.fields import load_object, text, whole

PIECE_BYTES = 1024
BUNDLE_PIECE_BYTES = 512  # of a bundle: the free memory of a board that runs is in small parts
MAX_SNAPSHOT = 1 << 20  # an OV2640 at 1600 x 1200 makes about 300 kB
MAX_BUNDLE = 1 << 20
MAX_HEAD = 512


def encode(head: dict, data: bytes) -> bytes:
    """A piece on the wire. `head` has `id`, `offset` and `size`, and what else belongs to the whole."""
    line = json.dumps(head).encode()
    if len(line) > MAX_HEAD or len(data) > PIECE_BYTES:
        raise PayloadError("too_long", "a piece has at most %d bytes after its line" % PIECE_BYTES)
    return line + b"\n" + data


def decode(payload: bytes, max_size: int) -> tuple[dict, bytes]:
    """(head, bytes), of a whole of at most `max_size` bytes. Raises PayloadError where they do not fit it."""
    end = payload.find(b"\n", 0, MAX_HEAD + 1)
    if end < 0:
        raise PayloadError("no_head", "a piece begins with a line of JSON")
    head, data = load_object(payload[:end], MAX_HEAD), payload[end + 1 :]
    text(head, "id")
    if not 0 < len(data) <= PIECE_BYTES:
        raise PayloadError("bad_length", "a piece has 1 to %d bytes" % PIECE_BYTES)
    if whole(head, "offset") + len(data) > whole(head, "size") or head["size"] > max_size:
        raise PayloadError("bad_size", "the piece does not fit into its whole")
    return head, data


def encode_fetch(id: str, offset: int) -> bytes:
    """An endpoint asks for the piece of bundle `id` that begins at `offset`."""
    return json.dumps({"id": id, "offset": offset}).encode()


def decode_fetch(payload: bytes) -> tuple[str, int]:
    """(id of the bundle, offset). Raises PayloadError."""
    fields = load_object(payload, MAX_HEAD)
    return text(fields, "id"), whole(fields, "offset")
