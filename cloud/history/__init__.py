"""Readings over time, and the curves drawn from them."""
