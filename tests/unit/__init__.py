"""Tests of one part at a time, without anything outside the process."""
