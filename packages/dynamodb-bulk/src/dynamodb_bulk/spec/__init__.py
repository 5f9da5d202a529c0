"""What a dataset file says."""
