"""Who gets an incident: the routing table at work."""
