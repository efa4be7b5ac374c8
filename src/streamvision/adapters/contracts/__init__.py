"""Where contracts are written down."""
