"""The warehouse in Snowflake: judged on this machine, loaded and compared there."""
