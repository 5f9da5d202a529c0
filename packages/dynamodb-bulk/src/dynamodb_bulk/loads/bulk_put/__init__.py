"""Items from files in S3 into a table that exists, by DynamoDB's bulk put."""
