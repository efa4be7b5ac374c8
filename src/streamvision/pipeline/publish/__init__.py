"""Marts to people: show what passed."""
