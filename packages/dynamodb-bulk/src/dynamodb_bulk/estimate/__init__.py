"""Estimate the size, time and cost of a load, and which method fits."""
