"""A dataset file written from data: what `bulk init` finds out about files, tables and DMS documents."""
