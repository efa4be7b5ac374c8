"""Where the figures of runs are read by machines."""
