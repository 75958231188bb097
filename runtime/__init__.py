"""The shells every CPython process shares: clock, settings, logging, supervision, the MQTT client."""
