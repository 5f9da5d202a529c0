"""Settings of tables that moto does not keep, report or guard as DynamoDB does."""
