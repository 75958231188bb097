"""What commands ask of the machine that they run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloud.settings import Settings


def settings_here() -> Settings:
    """Of the environment. Raises SettingsError."""
    import os

    from cloud.settings import PREFIX, Settings
    from runtime.settings import from_env

    return from_env(Settings, PREFIX, os.environ)


def by_whom() -> str:
    """The operating system's user."""
    from runtime.brokers.listing import person

    return f"cli:{person()}"[:64]
