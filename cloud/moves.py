"""The old address of the flow, until everybody has moved to cloud/flow."""

from __future__ import annotations

from cloud.flow.command import ChildrenOpen, Command, Conflict, DeskError, NobodyNamed, UnknownIncident
from cloud.flow.moves import Moves

__all__ = ["ChildrenOpen", "Command", "Conflict", "DeskError", "Moves", "NobodyNamed", "UnknownIncident"]
