"""The centre's numbers for Prometheus: which there are, what one scrape says, how long requests take."""
