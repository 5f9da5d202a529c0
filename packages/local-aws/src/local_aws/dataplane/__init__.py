"""What moves data on this machine: from its S3, through `dataset`'s row rules, into its DynamoDB."""
