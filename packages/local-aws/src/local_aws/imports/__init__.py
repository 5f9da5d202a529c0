"""ImportTable on this machine: a new table from files in its S3."""
