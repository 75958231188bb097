"""The wiring diagrams in docs/images: `python -m hardware.pictures` draws them again; a test keeps them current."""

from __future__ import annotations

import sys
from pathlib import Path

from hardware import design, wiring

IMAGES = Path(__file__).parents[1] / "docs" / "images"


def pictures() -> dict[Path, str]:
    """File and text of every diagram."""
    return {
        IMAGES / f"wiring-{kind}-{board}.svg": wiring.draw(design.of(board, kind)) for board, kind in design.pairs()
    }


def main() -> int:
    """Write all of them."""
    for path, text in pictures().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
