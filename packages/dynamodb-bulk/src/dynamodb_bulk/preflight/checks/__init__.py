"""The checks of the preflight.

To add one: a module in this folder with a `Check` in its `CHECKS`, and a line in docs/check.md.
"""
