"""What AWS keeps in an account after a destroy: found, told apart from what is in use, deleted when asked."""
