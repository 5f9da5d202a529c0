"""Every fault of a dataset that can be known before any cloud resource, found in one pass over its files."""
