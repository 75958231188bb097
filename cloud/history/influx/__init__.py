"""Readings in InfluxDB 2 (or 1.8 with Flux), behind a queue of our own that outlives outages."""
