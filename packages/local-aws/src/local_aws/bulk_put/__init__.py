"""Local StartBulkPutItems: items from files in its S3 into a table that exists."""
