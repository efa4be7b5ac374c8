"""Tests of what holds for any data and any interruption."""
