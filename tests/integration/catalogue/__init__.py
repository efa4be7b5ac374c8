"""The source's catalogue, read from a real server."""
