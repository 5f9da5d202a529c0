"""The `bulk` command, one file per command."""
