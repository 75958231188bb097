"""Who looks at which incident now, and who is writing."""
