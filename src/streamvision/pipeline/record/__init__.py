"""Keeps the record of a run while it works."""
