"""What tells the time."""
