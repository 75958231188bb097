"""What surrounds an endpoint over time, one file per kind; fire is in simulators/physics.py."""
