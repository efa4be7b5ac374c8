"""What builds the models."""
