"""The site file: read whole, every error of it named, compared with another."""
