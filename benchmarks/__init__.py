"""Measures what the README and the docs claim; every bench makes its own input."""
