"""A seeded service: people, their subscriptions, a catalogue and what was watched."""
