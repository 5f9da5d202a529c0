"""Convert files of a dataset for ImportTable and bulk put."""
