"""What every part tells of its own running: signs of life for the watchdog, times of every hop."""
