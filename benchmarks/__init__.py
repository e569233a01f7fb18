"""What das-tui costs in time, bytes and memory, measured from outside. See README.md."""
