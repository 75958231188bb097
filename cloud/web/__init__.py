"""The web server of a process: its socket, and which routes it answers by."""
