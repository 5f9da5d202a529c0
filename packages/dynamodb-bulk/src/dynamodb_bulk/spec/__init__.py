"""The contents of a dataset file."""
