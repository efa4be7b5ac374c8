"""Who is told which data came from which."""
