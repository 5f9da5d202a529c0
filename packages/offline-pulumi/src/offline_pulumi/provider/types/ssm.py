"""Parameters of the Systems Manager.

Source: hashicorp/terraform-provider-aws, internal/service/ssm/parameter.go.
"""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, argument
from offline_pulumi.provider.requests import tagging


def _put(client: Any, members: Members, props: Props) -> None:
    """Change the parameter. A description that was left out is removed."""
    request = {name: members[name] for name in ("Name", "Type", "Value")}
    client.put_parameter(**request, Description=props.get("description") or "", Overwrite=True)


def _named(client: Any, members: Members, _props: Props) -> Members | None:
    """The description, which only the list of parameters tells."""
    filters = [{"Key": "Name", "Option": "Equals", "Values": [members["Name"]]}]
    found = client.describe_parameters(ParameterFilters=filters)["Parameters"]
    return found[0] if found else None


PARAMETER = ResourceType(
    type="aws:ssm/parameter:Parameter",
    title="SSM Parameter ({id})",
    service="ssm",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("type", required=True),
        argument("value", required=True),
        argument("description"),
    ),
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found},
    outputs={"arn": "ARN", "version": "Version", "hasValueWo": lambda _: False},
    create=Call(operation="put_parameter"),
    read=(Call(operation="get_parameter", fixed={"WithDecryption": True}, answer="Parameter"), _named),
    changes=(Change(call=_put),),
    delete=Call(operation="delete_parameter"),
    tagging=tagging(
        lambda members: {"ResourceType": "Parameter", "ResourceId": members["Name"]},
        put="add_tags_to_resource",
        remove="remove_tags_from_resource",
        answer="TagList",
    ),
    autoname="name",
    name_limit=2048,
    gone=frozenset({"ParameterNotFound"}),
)
