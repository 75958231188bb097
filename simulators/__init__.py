"""Devices, sites and fires in software: the developers hardware."""
