"""The ports' implementations, one vendor library each."""
