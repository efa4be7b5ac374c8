"""RAW to marts: build the models and test them."""
