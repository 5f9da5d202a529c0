"""AWS locally inside a test session: fixtures, and what a test arranges."""
