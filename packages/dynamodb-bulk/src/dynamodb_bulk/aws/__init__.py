"""Access to AWS: clients, refusals, polling, names."""

from dynamodb_bulk.aws.clients import NO_REGION, Aws, aws_in, is_denied, pages_of, read_object

__all__ = ["NO_REGION", "Aws", "aws_in", "is_denied", "pages_of", "read_object"]
