"""Watches the runs: figures for machines, and alerts for people."""
