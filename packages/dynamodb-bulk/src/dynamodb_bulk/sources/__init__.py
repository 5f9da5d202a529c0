"""A dataset's files wherever they are, and the rows and items in them."""
