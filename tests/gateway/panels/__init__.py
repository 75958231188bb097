"""The adapter of fire panels, on real sockets and a real gateway process."""
