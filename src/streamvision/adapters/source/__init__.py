"""PostgreSQL, read in one snapshot."""
