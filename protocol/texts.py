"""Half a character: JSON can say one half of a surrogate pair, and then no text can be written down. Not for boards."""

import re

from protocol.errors import PayloadError

_HIGH = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_PAIR_OR_HALF = re.compile(rb"\\\\|(" + _HIGH + _LOW + rb")|(" + _HIGH + rb"|" + _LOW + rb")")


def check_whole(document: bytes) -> None:
    """Raises PayloadError where a JSON document holds half a character."""
    if b"\\ud" in document or b"\\uD" in document:
        for found in _PAIR_OR_HALF.finditer(document):
            if found.group(2):
                raise PayloadError("bad_text", "half a surrogate pair is no text")
