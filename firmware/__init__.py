"""What goes on a board (device/) and what puts it there (kit/)."""
