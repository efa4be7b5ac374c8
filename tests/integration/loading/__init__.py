"""The load step over a real lake and a real warehouse."""
