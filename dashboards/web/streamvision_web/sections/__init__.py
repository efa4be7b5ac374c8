"""The visuals of the pages, grouped by what they tell of."""
