"""Everything about AWS that is no load of its own: clients, what it refuses, waiting for it, names in it."""

from dynamodb_bulk.aws.clients import Aws, is_denied, named_region, read_object

__all__ = ["Aws", "is_denied", "named_region", "read_object"]
