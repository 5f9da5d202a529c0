"""What AWS is asked for a dataset."""
