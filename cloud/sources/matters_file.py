"""matters.toml of the config folder, else the one we ship."""

from __future__ import annotations

import tomllib
from pathlib import Path

from domain.matters import MatterError, Matters

NAME = "matters.toml"
SHIPPED = Path(__file__).parents[1] / "config" / NAME


def load_matters(folder: Path | None = None) -> Matters:
    """The matters of a district. Raises MatterError, which names the file."""
    own = folder / NAME if folder else SHIPPED
    path = own if own.exists() else SHIPPED
    try:
        return Matters.from_table(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise MatterError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, MatterError) as error:
        raise MatterError(f"{path}: {error}") from None
