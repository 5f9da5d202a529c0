"""The rows of CSV files."""
