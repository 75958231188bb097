"""What can be wrong with the identity of a broker. The text says it in Chinese and English, with the remedy."""

from __future__ import annotations


class IdentityError(Exception):
    """A person must correct something first; nothing was changed."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
