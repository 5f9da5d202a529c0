"""EC2 security groups, with their rules as blocks."""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, argument, at
from offline_pulumi.provider.translate import same_set
from offline_pulumi.provider.types.ec2_tags import arn, described, ec2_tagging

_RULE = (
    argument("protocol", "IpProtocol", required=True),
    argument("fromPort", kind="number", required=True),
    argument("toPort", kind="number", required=True),
    argument("cidrBlocks", "CidrBlocks", kind="list", same=same_set),
    argument("prefixListIds", "PrefixListIds", kind="list", same=same_set),
    argument("securityGroups", "SecurityGroups", kind="list", same=same_set),
    argument("self", "Self", kind="boolean", default=False),
    argument("description", "Description", default=""),
)
_PARTS = (
    ("CidrBlocks", "IpRanges", "CidrIp"),
    ("PrefixListIds", "PrefixListIds", "PrefixListId"),
    ("SecurityGroups", "UserIdGroupPairs", "GroupId"),
)


def _permission(rule: Members, group: str) -> Members:
    """Return a rule as EC2 takes it."""
    text = {"Description": rule["Description"]} if rule.get("Description") else {}
    permission: Members = {"IpProtocol": rule["IpProtocol"]}
    if rule["IpProtocol"] != "-1":
        permission |= {"FromPort": rule["FromPort"], "ToPort": rule["ToPort"]}
    for name, part, key in _PARTS:
        values = [
            *(at(name, rule, [])),
            *([group] if rule.get("Self") and name == "SecurityGroups" else []),
        ]
        if values:
            permission[part] = [{key: value} | text for value in values]
    return permission


def _rule(permission: Members, group: str) -> Members:
    """Return a rule as EC2 reports it, in the form of the arguments."""
    rule: Members = {"IpProtocol": permission["IpProtocol"]}
    rule |= {"FromPort": permission.get("FromPort") or 0, "ToPort": permission.get("ToPort") or 0}
    texts = {each.get("Description", "") for _, part, _ in _PARTS for each in at(part, permission, [])}
    rule["Description"] = next(iter(texts - {""}), "")
    for name, part, key in _PARTS:
        values = [each[key] for each in at(part, permission, [])]
        if name == "SecurityGroups":
            rule["Self"] = group in values
            values = [value for value in values if value != group]
        if values:
            rule[name] = values
    return rule


def _observe_group(members: Members) -> Members:
    group = members["GroupId"]
    rules = {
        name: [_rule(each, group) for each in at(permissions, members, [])]
        for name, permissions in (("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress"))
    }
    return members | rules


def _put_rules(client: Any, members: Members, props: Props) -> None:
    """Make the rules those given; AWS's own "egress to everywhere" goes, as with the real provider."""
    group = members["GroupId"]
    current = client.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    for name, permissions, word in (
        ("ingress", "IpPermissions", "ingress"),
        ("egress", "IpPermissionsEgress", "egress"),
    ):
        if name in props or (name == "egress" and "_observed" not in members):
            wanted = [_permission(each, group) for each in at(name.title(), members, [])]
            if old := current[permissions]:
                getattr(client, f"revoke_security_group_{word}")(GroupId=group, IpPermissions=old)
            if wanted:
                getattr(client, f"authorize_security_group_{word}")(GroupId=group, IpPermissions=wanted)


def _create_group(client: Any, members: Members, props: Props) -> Members:
    taken = {name: value for name, value in members.items() if name not in {"Ingress", "Egress"}}
    group = client.create_security_group(**{"Description": "Managed by Pulumi"} | taken)["GroupId"]
    _put_rules(client, members | {"GroupId": group}, props)
    return {"GroupId": group}


SECURITY_GROUP = ResourceType(
    type="aws:ec2/securityGroup:SecurityGroup",
    title="Security Group ({id})",
    service="ec2",
    arguments=(
        argument("name", "GroupName", replaces=True, computed=True),
        argument("namePrefix", "", replaces=True),
        argument("description", replaces=True, default="Managed by Pulumi"),
        argument("vpcId", replaces=True, computed=True),
        argument("ingress", kind="objects", fields=_RULE, unordered=True, computed=True),
        argument("egress", kind="objects", fields=_RULE, unordered=True, computed=True),
        argument("revokeRulesOnDelete", "", kind="boolean", default=False),
    ),
    id=lambda members: members["GroupId"],
    parse_id=lambda found: {"GroupId": found},
    outputs={"arn": arn("security-group", "GroupId"), "ownerId": "OwnerId"},
    create=_create_group,
    read=(described("describe_security_groups", "SecurityGroups", "GroupIds"),),
    observe=_observe_group,
    changes=(Change(arguments=frozenset({"ingress", "egress"}), call=_put_rules),),
    delete=Call(
        operation="delete_security_group", build=lambda members: {"GroupId": members["GroupId"]}, only=True
    ),
    tagging=ec2_tagging("GroupId", "security-group"),
    autoname="name",
    name_limit=255,
    gone=frozenset({"InvalidGroup.NotFound", "InvalidGroupId.NotFound"}),
    retry={"DependencyViolation": ""},
)
