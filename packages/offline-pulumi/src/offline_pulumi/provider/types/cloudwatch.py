"""Alarms and dashboards of CloudWatch.

Source: hashicorp/terraform-provider-aws, internal/service/cloudwatch.
"""

from collections.abc import Mapping

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, argument
from offline_pulumi.provider.properties import UNKNOWN
from offline_pulumi.provider.requests import tagging
from offline_pulumi.provider.translate import same_json, same_set

_COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
_MISSING = ("breaching", "notBreaching", "ignore", "missing")


def _shape(members: Members, props: Props) -> Members:
    """Dimensions are a list to the service; what is left out, the provider sends as its default."""
    given: Mapping[str, str] = props.get("dimensions") or {}
    dimensions = [{"Name": name, "Value": value} for name, value in given.items()]
    return {"ActionsEnabled": True, "TreatMissingData": "missing", **members, "Dimensions": dimensions}


def _observe(members: Members) -> Members:
    given: list[dict[str, str]] = members.get("Dimensions") or []
    found = {each["Name"]: each["Value"] for each in given}
    return members | {"Dimensions": found or None}


def _check(props: Props) -> Mapping[str, str]:
    failures: dict[str, str] = {}
    for name, allowed in (("comparisonOperator", _COMPARISONS), ("treatMissingData", _MISSING)):
        value = props.get(name)
        if value not in (None, UNKNOWN) and value not in allowed:
            failures[name] = f'expected {name} to be one of ["{" ".join(allowed)}"], got {value}'
    if all(props.get(name) is None for name in ("metricName",)):
        failures["metricName"] = "One of `metric_name` or `metric_query` must be set for a CloudWatch alarm"
    return failures


METRIC_ALARM = ResourceType(
    type="aws:cloudwatch/metricAlarm:MetricAlarm",
    title="CloudWatch Metric Alarm ({id})",
    service="cloudwatch",
    arguments=(
        argument("name", "AlarmName", replaces=True, computed=True),
        argument("alarmDescription"),
        argument("namespace"),
        argument("metricName"),
        argument("dimensions", kind="map"),
        argument("statistic"),
        argument("comparisonOperator", required=True),
        argument("threshold", kind="number"),
        argument("period", kind="number"),
        argument("evaluationPeriods", kind="number", required=True),
        argument("datapointsToAlarm", kind="number"),
        argument("treatMissingData", default="missing"),
        argument("actionsEnabled", kind="boolean", default=True),
        argument("alarmActions", kind="list", same=same_set),
        argument("okActions", "OKActions", kind="list", same=same_set),
    ),
    id=lambda members: members["AlarmName"],
    parse_id=lambda found: {"AlarmName": found},
    outputs={"arn": "AlarmArn"},
    shape=_shape,
    observe=_observe,
    create=Call(operation="put_metric_alarm"),
    read=(
        Call(
            operation="describe_alarms",
            build=lambda members: {"AlarmNames": [members["AlarmName"]]},
            only=True,
            answer="MetricAlarms.0",
        ),
    ),
    changes=(Change(call=Call(operation="put_metric_alarm")),),
    delete=Call(
        operation="delete_alarms", build=lambda members: {"AlarmNames": [members["AlarmName"]]}, only=True
    ),
    tagging=tagging(lambda members: {"ResourceARN": members["AlarmArn"]}),
    autoname="name",
    name_limit=255,
    gone=frozenset({"ResourceNotFound"}),
    check=_check,
)
DASHBOARD = ResourceType(
    type="aws:cloudwatch/dashboard:Dashboard",
    title="CloudWatch Dashboard ({id})",
    service="cloudwatch",
    arguments=(
        argument("dashboardName", required=True, replaces=True),
        argument("dashboardBody", required=True, same=same_json),
    ),
    id=lambda members: members["DashboardName"],
    parse_id=lambda found: {"DashboardName": found},
    outputs={"dashboardArn": "DashboardArn"},
    create=Call(operation="put_dashboard"),
    read=(Call(operation="get_dashboard"),),
    changes=(Change(call=Call(operation="put_dashboard")),),
    delete=Call(
        operation="delete_dashboards",
        build=lambda members: {"DashboardNames": [members["DashboardName"]]},
        only=True,
    ),
    gone=frozenset({"ResourceNotFound", "DashboardNotFoundError"}),
)
TYPES = (METRIC_ALARM, DASHBOARD)
