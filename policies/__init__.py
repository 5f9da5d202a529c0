"""What `pulumi preview` refuses: one rule family per file, over any stack with DynamoDB or DMS."""
