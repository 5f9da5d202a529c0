"""A new table from files in S3, by DynamoDB's ImportTable."""
