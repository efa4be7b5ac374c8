"""Tests of the dashboards in a real browser."""
