"""How DMS describes and tags a resource: by a filter on its identifier, and by its ARN."""

from offline_pulumi.provider.model import Call, Tagging
from offline_pulumi.provider.requests import tag_list, tag_map


def tagging(arn: str) -> Tagging:
    """Tags of a DMS resource whose ARN is the member `arn`."""
    return Tagging(
        read=lambda client, members: tag_map(
            client.list_tags_for_resource(ResourceArn=members[arn])["TagList"]
        ),
        put=lambda client, members, new, _: client.add_tags_to_resource(
            ResourceArn=members[arn], Tags=tag_list(new)
        ),
        remove=lambda client, members, keys: client.remove_tags_from_resource(
            ResourceArn=members[arn], TagKeys=keys
        ),
        on_create=lambda tags: {"Tags": tag_list(tags)},
    )


def find(operation: str, answer: str, name: str, member: str) -> Call:
    """Return the call that describes one resource by its identifier, which is the member `member`."""
    return Call(
        operation=operation,
        answer=f"{answer}.0",
        build=lambda members: {"Filters": [{"Name": name, "Values": [members[member]]}]},
        only=True,
    )
