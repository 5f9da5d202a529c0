"""What the items of tables were before each of their changes, as point-in-time recovery keeps it."""
