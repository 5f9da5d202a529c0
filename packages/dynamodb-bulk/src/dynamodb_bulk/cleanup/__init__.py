"""Find what AWS keeps in an account after a destroy, and delete what is not in use."""
