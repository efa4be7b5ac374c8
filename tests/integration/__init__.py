"""Several parts together, on real files and servers."""
