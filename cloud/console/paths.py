"""Addresses that a browser tells, which may be anything."""

from __future__ import annotations

from urllib.parse import urlsplit


def path_of(url: str) -> str:
    """The path of a page; empty for what is no address."""
    try:
        return urlsplit(url).path
    except ValueError:  # http://[ and the like
        return ""


def local_path(text: str) -> str:
    """A path of ours; anything that would lead elsewhere becomes the board."""
    try:
        parts = urlsplit(text)
    except ValueError:  # http://[ and the like
        return "/"
    fine = not parts.scheme and not parts.netloc and text.startswith("/") and not text.startswith("//")
    # browsers leave out control characters and take \ for /: "/", tab, "\evil" would be //evil
    return text if fine and text.isprintable() and "\\" not in text else "/"
