"""The tests of StreamVision."""
