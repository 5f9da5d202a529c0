"""Requests to AWS for a dataset."""
