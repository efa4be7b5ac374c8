"""The web dashboards: they read the published marts and nothing else."""
