"""The step notify: people are told how a run went."""
