"""Tags of DMS resources."""

from local_aws.dms.faults import not_found
from local_aws.dms.identifiers import subnet_group_arn
from local_aws.dms.region import Fields, Region, Request


def add(region: Region, request: Request) -> Fields:
    """AddTagsToResource."""
    _check(region, request["ResourceArn"])
    region.tag(request["ResourceArn"], request["Tags"])
    return {}


def remove(region: Region, request: Request) -> Fields:
    """RemoveTagsFromResource."""
    _check(region, request["ResourceArn"])
    for key in request["TagKeys"]:
        region.tags.get(request["ResourceArn"], {}).pop(key, None)
    return {}


def describe(region: Region, request: Request) -> Fields:
    """ListTagsForResource: one resource, or a list of them."""
    one = request.get("ResourceArn")
    arns = [one] if one else request.get("ResourceArnList", [])
    for arn in arns:
        _check(region, arn)
    return {
        "TagList": [
            {"Key": key, "Value": value, **({} if one else {"ResourceArn": arn})}
            for arn in arns
            for key, value in region.tags.get(arn, {}).items()
        ]
    }


def _check(region: Region, arn: str) -> None:
    groups = (subnet_group_arn(region.name, name) for name in region.subnet_groups)
    if arn not in {*region.instances, *region.endpoints, *region.tasks, *groups}:
        raise not_found(f"Resource {arn} not found.")
