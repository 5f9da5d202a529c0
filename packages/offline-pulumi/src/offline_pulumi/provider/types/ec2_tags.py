"""How EC2 describes, tags and names its resources."""

from collections.abc import Callable

from offline_pulumi.provider.model import Call, Members, Tagging
from offline_pulumi.provider.requests import tag_list


def ec2_tagging(member: str, kind: str) -> Tagging:
    """Tags of an EC2 resource of a kind (as in TagSpecifications), whose id is the member `member`."""
    return Tagging(
        read=None,
        put=lambda client, members, tags: client.create_tags(
            Resources=[members[member]], Tags=tag_list(tags)
        ),
        remove=lambda client, members, keys: client.delete_tags(
            Resources=[members[member]], Tags=[{"Key": key} for key in keys]
        ),
        on_create=lambda tags: {"TagSpecifications": [{"ResourceType": kind, "Tags": tag_list(tags)}]},
    )


def arn(kind: str, member: str) -> Callable[[Members], str]:
    """The function that puts together the ARN of an EC2 resource."""
    return lambda members: (
        f"arn:aws:ec2:{members['_region']}:{members.get('OwnerId', '')}:{kind}/{members[member]}"
    )


def described(operation: str, answer: str, ids: str) -> Call:
    """The call that describes one resource by its id; `ids` is the member that takes it, as `VpcIds`."""
    member = ids[:-1]
    return Call(
        operation=operation, answer=f"{answer}.0", build=lambda members: {ids: [members[member]]}, only=True
    )
