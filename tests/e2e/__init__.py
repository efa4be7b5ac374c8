"""The real command, from PostgreSQL to the published marts."""
