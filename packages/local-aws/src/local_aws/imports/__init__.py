"""Local ImportTable: a new table from files in its S3."""
