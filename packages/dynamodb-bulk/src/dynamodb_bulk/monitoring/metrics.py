"""The metrics of CloudWatch that show how loads go; their tests hold the names against AWS's pages."""

from collections.abc import Mapping
from dataclasses import dataclass

SERVERLESS = "replication-config"
"""The kind of resource that the ARN of a serverless replication names.

AWS does not document the dimension of its metrics. Users report `ReplicationConfigId`, which holds the
account and what the ARN ends in (August 2026).
"""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric by its namespace, its name, and the dimensions that say whose it is."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Average"

    @property
    def in_widget(self) -> list[object]:
        """Return it as a widget of a dashboard names it.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        """
        names = [part for pair in self.dimensions.items() for part in pair]
        return [self.namespace, self.name, *names, {"stat": self.statistic}]


def of_table(name: str, table: str, statistic: str = "Sum", *, operation: str = "") -> Metric:
    """Return a metric of a table, or of one operation on it."""
    dimensions = {"TableName": table} | ({"Operation": operation} if operation else {})
    return Metric(namespace="AWS/DynamoDB", name=name, dimensions=dimensions, statistic=statistic)


def of_instance(name: str, instance: str) -> Metric:
    """Return a metric of a replication instance."""
    return Metric(namespace="AWS/DMS", name=name, dimensions={"ReplicationInstanceIdentifier": instance})


def of_task(name: str, instance: str, arn: str) -> Metric:
    """Return a metric of a DMS task on an instance, or of a serverless replication by its config's ARN.

    AWS does not document the value of ReplicationTaskIdentifier. It is what the task's ARN ends in, as in the
    names of its log streams, and not the identifier that the task was given.
    """
    *_, account, kind, identity = arn.split(":")
    if kind == SERVERLESS:
        whose = {"ReplicationConfigId": f"{account}:{identity}"}
    else:
        whose = {"ReplicationInstanceIdentifier": instance, "ReplicationTaskIdentifier": identity}
    return Metric(namespace="AWS/DMS", name=name, dimensions=whose)


def of_job(name: str, job: str, kind: str, statistic: str) -> Metric:
    """Return a metric of all runs of a Glue job; `kind` is gauge or count, as AWS's page says of it."""
    whose = {"JobName": job, "JobRunId": "ALL", "Type": kind}
    return Metric(namespace="Glue", name=name, dimensions=whose, statistic=statistic)


def of_rule(name: str, rule: str) -> Metric:
    """Return a metric of a rule of EventBridge on the default bus."""
    return Metric(namespace="AWS/Events", name=name, dimensions={"RuleName": rule}, statistic="Sum")
