"""Where the course of runs is followed, span by span."""
