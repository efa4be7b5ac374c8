"""Stacks of resources in a cloud."""
