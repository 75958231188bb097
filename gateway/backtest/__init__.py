"""New rules over what was recorded: what would have been raised."""
