"""A site in Home Assistant: found by itself, shown as it is now, and never better than it is."""
