"""Source to lake: one consistent batch a day."""
