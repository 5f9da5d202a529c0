"""Items as rows: the way back of `dataset.items`."""
