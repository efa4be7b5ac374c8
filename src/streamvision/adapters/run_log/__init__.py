"""Where the last run is remembered."""
