"""Local ExportTableToPointInTime: a table as it was, or what changed of it, as files in its S3."""
