"""What a deployment would do, and what the policies say of it."""
