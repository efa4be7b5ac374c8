"""The steps, one folder each; steps do not know one another."""
