"""A warehouse in one DuckDB file, with its published marts beside it."""
