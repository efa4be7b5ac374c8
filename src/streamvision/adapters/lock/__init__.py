"""What keeps two runs apart."""
