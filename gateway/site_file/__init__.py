"""The site file: read, checked, compared, taken over while the gateway runs."""
