"""Messages to real servers."""
