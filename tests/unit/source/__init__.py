"""Tests of what the source's adapters do without a server."""
