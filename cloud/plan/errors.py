"""What can be wrong with a plan."""

from __future__ import annotations


class PlanError(ValueError):
    """A document or file is missing or wrong: mend what the text names and try again."""
