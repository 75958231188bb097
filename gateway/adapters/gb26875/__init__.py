"""Existing fire panels by GB/T 26875.3-2011: the centre's side, for their user information transmission devices."""
