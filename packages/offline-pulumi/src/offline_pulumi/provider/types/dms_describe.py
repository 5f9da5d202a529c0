"""How DMS describes and tags a resource: by a filter on its identifier, and by its ARN."""

from offline_pulumi.provider import requests
from offline_pulumi.provider.model import Call, Tagging


def tagging(arn: str) -> Tagging:
    """Tags of a DMS resource whose ARN is the member `arn`."""
    return requests.tagging(
        lambda members: {"ResourceArn": members[arn]},
        listing="list_tags_for_resource",
        put="add_tags_to_resource",
        remove="remove_tags_from_resource",
        answer="TagList",
    )


def find(operation: str, answer: str, name: str, member: str) -> Call:
    """Return the call that describes one resource by its identifier, which is the member `member`."""
    return Call(
        operation=operation,
        answer=f"{answer}.0",
        build=lambda members: {"Filters": [{"Name": name, "Values": [members[member]]}]},
        only=True,
    )
