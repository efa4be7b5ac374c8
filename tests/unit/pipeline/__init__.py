"""Tests of the steps, over fakes."""
