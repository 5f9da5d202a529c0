"""Access to AWS: clients, refusals, polling, names."""

from dynamodb_bulk.aws.clients import Aws, is_denied, read_object
from dynamodb_bulk.aws.regions import named_region

__all__ = ["Aws", "is_denied", "named_region", "read_object"]
