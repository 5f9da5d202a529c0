"""Loads: run, follow, judge, stop."""
