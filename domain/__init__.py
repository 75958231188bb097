"""The rules: pure functions, frozen facts and tables. No I/O, no clock, no randomness of its own."""
