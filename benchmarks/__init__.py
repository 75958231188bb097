"""What `make bench` runs: each file prints a table and leaves its figures in benchmarks/results/ as JSON."""
