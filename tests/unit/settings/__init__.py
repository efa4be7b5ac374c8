"""Tests of profiles and the masking of secrets."""
