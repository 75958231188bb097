"""Filters of the site file, in arrays, a batch at a time."""
