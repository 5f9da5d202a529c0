"""Move data locally: from S3, through the library's row rules, into DynamoDB."""
