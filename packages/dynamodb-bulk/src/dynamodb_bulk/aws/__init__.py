"""Access to AWS: clients, refusals, polling, names."""

from dynamodb_bulk.aws.clients import Aws, is_denied, named_region, pages_of, read_object

__all__ = ["Aws", "is_denied", "named_region", "pages_of", "read_object"]
