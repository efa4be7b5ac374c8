"""Looks after what the runs leave behind."""
