"""The receiver says that messages are durable (or refused) in its store; only then may the sender forget them."""

import json

from protocol.errors import PayloadError
from protocol.fields import list_of, load_object

MAX_BYTES = 262144


def encode(ids: list, rejected: list | None = None) -> bytes:
    """`ids`: message ids that are durable. `rejected`: (id, reason) of those that never will be."""
    refused = [{"id": message_id, "reason": reason} for message_id, reason in rejected or []]
    return json.dumps({"ids": ids, "rejected": refused}).encode()


def decode(payload: bytes) -> tuple[list, list]:
    """(ids, [(id, reason), ...]). Raises PayloadError."""
    fields = load_object(payload, MAX_BYTES)
    ids = list_of(fields, "ids")
    rejected = []
    for item in list_of(fields, "rejected"):
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            raise PayloadError("bad_rejected", "'rejected' holds objects with an 'id'")
        rejected.append((item["id"], str(item.get("reason", ""))))
    if not all([isinstance(message_id, str) for message_id in ids]):
        raise PayloadError("bad_ids", "'ids' holds texts")
    return ids, rejected
