"""Readers of the semantic layer."""
