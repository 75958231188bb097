"""The key file of personal fields, opened only where one is needed."""

from __future__ import annotations

from pathlib import Path

from cloud.people.errors import NoVault
from cloud.trust.vault import Vault, VaultError, open_vault


class KeyFile:
    """Seals and opens by a file that the service has made. It is never made here: it would belong to another user."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._vault: Vault | None = None

    def seal(self, text: str, what: str) -> str:
        """The text, unreadable. Raises NoVault."""
        return self._opened().seal(text, what)

    def open(self, sealed: str, what: str) -> str:
        """The text again. Raises NoVault."""
        return self._opened().open(sealed, what)

    def _opened(self) -> Vault:
        if self._vault is None:
            if not self._path.exists():
                raise NoVault(
                    f"尚无密钥文件，请先启动一次服务 / {self._path.name} is not there: start the service once, "
                    "or leave the columns of contacts out"
                )
            try:
                self._vault = open_vault(self._path)
            except VaultError as error:
                raise NoVault(str(error)) from None
        return self._vault
