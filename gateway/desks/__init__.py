"""Where a person who stands beside the gateway acts on alarms and shelves."""
