"""Whom a connection trusts, and as whom it comes."""

from __future__ import annotations

import ssl


def trust(ca_file: str | None, cert_file: str | None, key_file: str | None) -> ssl.SSLContext | bool:
    """For a connection to somebody that this authority vouches for; False without one: no TLS."""
    if ca_file is None:
        return False
    context = ssl.create_default_context(cafile=ca_file)
    if cert_file is not None:
        context.load_cert_chain(cert_file, key_file)
    return context
