"""Running a gateway for years: watchdog, health, metrics, status page, doctor, backup, its own update."""
