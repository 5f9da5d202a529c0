"""A table against the files it was loaded from, item by item."""
