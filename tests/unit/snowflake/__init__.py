"""Parts of the warehouse in Snowflake that need no server."""
