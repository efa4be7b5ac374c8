"""Tests of the semantic layer's reader, check and page."""
