"""The cloud service: incidents placed, timed, escalated, shown; readings kept."""
