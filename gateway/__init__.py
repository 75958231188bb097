"""The gateway of one community: readings in, incidents out, nothing lost in between."""
