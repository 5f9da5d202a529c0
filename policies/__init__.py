"""Policies for any stack with DynamoDB or DMS: one rule family per file."""
