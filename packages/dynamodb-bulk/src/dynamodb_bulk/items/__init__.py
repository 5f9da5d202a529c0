"""Rows as DynamoDB items."""
