"""The service's own database, to be migrated and filled."""
