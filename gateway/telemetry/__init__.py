"""Every sample of the last weeks, as it came, on the spot."""
