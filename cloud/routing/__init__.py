"""Who gets an incident, and when: the routing table at work, its timers fired once."""
