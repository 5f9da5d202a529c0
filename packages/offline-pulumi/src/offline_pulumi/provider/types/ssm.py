"""Parameters of the Systems Manager.

Source: hashicorp/terraform-provider-aws, internal/service/ssm/parameter.go.
"""

from collections.abc import Mapping
from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Tagging, argument
from offline_pulumi.provider.requests import tag_list, tag_map

_RESOURCE = "Parameter"


def _is_downgrade(before: Any, after: Any) -> bool:
    """Return a parameter of the advanced tier cannot become one of the standard tier."""
    return (before, after) == ("Advanced", "Standard")


def _is_tier(before: Any, after: Any) -> bool:
    return before == after or after == "Intelligent-Tiering"


def _shape(members: Members, _props: Props) -> Members:
    value = members.get("Value", members.get("InsecureValue"))
    return members if value is None else members | {"Value": value}


def _observe(members: Members) -> Members:
    plain = members["Type"] != "SecureString"
    return members | ({"InsecureValue": members["Value"]} if plain else {})


def _create(client: Any, members: Members, props: Props) -> None:
    """Take an existing parameter over only when told to; then it gets its tags afterwards, as AWS asks."""
    overwrite = bool(props.get("overwrite"))
    request = {name: value for name, value in members.items() if name not in {"InsecureValue", "Tags"}}
    tags = members.get("Tags", [])
    client.put_parameter(**request, Overwrite=overwrite, **({"Tags": tags} if tags and not overwrite else {}))
    if tags and overwrite:
        client.add_tags_to_resource(ResourceType=_RESOURCE, ResourceId=members["Name"], Tags=tags)


def _update(client: Any, members: Members, props: Props) -> None:
    accepted = {"Name", "Type", "Value", "Tier", "DataType", "KeyId"}
    request = {name: value for name, value in members.items() if name in accepted}
    request |= {
        "Description": props.get("description") or "",
        "AllowedPattern": props.get("allowedPattern") or "",
    }
    client.put_parameter(**request, Overwrite=True)


def _named(client: Any, members: Members, _props: Props) -> Members | None:
    """Description, pattern and tier, which only the list of parameters tells."""
    filters = [{"Key": "Name", "Option": "Equals", "Values": [members["Name"]]}]
    found = client.describe_parameters(ParameterFilters=filters)["Parameters"]
    return found[0] if found else None


def _check(props: Props) -> Mapping[str, str]:
    given = [name for name in ("value", "insecureValue") if props.get(name) is not None]
    if len(given) == 1:
        return {}
    return {"value": "exactly one of 'value' and 'insecure_value' must be given"}


PARAMETER = ResourceType(
    type="aws:ssm/parameter:Parameter",
    title="SSM Parameter ({id})",
    service="ssm",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("type", required=True),
        argument("value", computed=True),
        argument("insecureValue", computed=True),
        argument("description"),
        argument("allowedPattern"),
        argument("tier", computed=True, replaces=_is_downgrade, same=_is_tier),
        argument("dataType", computed=True, replaces=True),
        argument("keyId", computed=True),
        argument("overwrite", "", kind="boolean"),
    ),
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found},
    outputs={"arn": "ARN", "version": "Version", "hasValueWo": lambda _: False},
    shape=_shape,
    create=_create,
    read=(
        Call(operation="get_parameter", fixed={"WithDecryption": True}, answer="Parameter"),
        _named,
    ),
    observe=_observe,
    changes=(
        Change(
            arguments=frozenset(
                {"type", "value", "insecureValue", "description", "allowedPattern", "tier", "keyId"}
            ),
            call=_update,
        ),
    ),
    delete=Call(operation="delete_parameter"),
    tagging=Tagging(
        read=lambda client, members: tag_map(
            client.list_tags_for_resource(ResourceType=_RESOURCE, ResourceId=members["Name"])["TagList"]
        ),
        put=lambda client, members, new, _: client.add_tags_to_resource(
            ResourceType=_RESOURCE, ResourceId=members["Name"], Tags=tag_list(new)
        ),
        remove=lambda client, members, keys: client.remove_tags_from_resource(
            ResourceType=_RESOURCE, ResourceId=members["Name"], TagKeys=keys
        ),
        on_create=lambda tags: {"Tags": tag_list(tags)},
    ),
    autoname="name",
    name_limit=2048,
    gone=frozenset({"ParameterNotFound"}),
    check=_check,
)
