"""What the centre gives to a gateway: where it listens, whom to trust there, and the login. A secret; one file."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from runtime.brokers.errors import IdentityError
from runtime.brokers.logins import check_name

FORM = "gridwhistle-letter-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Written by `gridwhistle cloud admit`, read by `gridwhistle gateway join`. `ca` is PEM."""

    form: str
    site: str
    login: str
    password: str
    host: str
    port: int
    ca: str

    def encoded(self) -> bytes:
        """The file."""
        return msgspec.json.format(msgspec.json.encode(self)) + b"\n"


def decode(content: bytes) -> Letter:
    """The checked letter. Raises IdentityError."""
    try:
        letter = msgspec.json.decode(content, type=Letter)
    except msgspec.MsgspecError as error:
        raise IdentityError(
            f"这不是中心给的登录文件（{error}）", f"this is no letter of the centre ({error}); ask for a new one"
        ) from None
    if letter.form != FORM:
        raise IdentityError(
            f"登录文件的格式是 {letter.form}，请升级网关", f"the letter has form {letter.form}; upgrade the gateway"
        )
    check_name(letter.login)
    check_name(letter.site)
    return letter
