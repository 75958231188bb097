"""Readings as files: what may be asked for, how it is written, and the work behind it."""
