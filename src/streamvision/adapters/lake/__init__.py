"""Where batches are kept."""
