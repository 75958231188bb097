"""The contract: what endpoints, gateways and the cloud say to each other. Runs on CPython and MicroPython."""

VERSION = 1
