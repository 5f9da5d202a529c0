"""The DMS documents of a dataset."""
