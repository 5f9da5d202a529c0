"""Files that hold items."""
