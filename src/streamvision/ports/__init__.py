"""What the pipeline needs from the outside, as Protocols."""
