"""Lake to warehouse: every row loaded or quarantined."""
