"""Tests of the web dashboards that need no browser."""
