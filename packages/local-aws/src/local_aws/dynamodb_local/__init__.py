"""AWS's own DynamoDB Local in place of moto's tables: `BULK_DYNAMODB=dynamodb-local`."""
