"""Where batches are loaded, modelled and published."""
