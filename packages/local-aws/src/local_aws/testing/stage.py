"""What a DMS test arranges: clients, roles, a bucket, endpoints, tasks."""

import itertools
import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from dynamodb_bulk.dms.definition import ExternalTable, render_definition
from local_aws.testing.held import held
from local_aws.testing.orders import ORDERS, SELECT_ALL

_NUMBERS = itertools.count(1)
_PATIENCE = 600.0  # after which something hangs: no machine is that slow
SHARED = "shared"
TRUST = {"Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole"}


@cache
def _client(service: Any, url: str, region: str) -> Any:
    session = boto3.Session("testing", "testing", region_name=region)
    return session.client(service, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))


class Stage:
    """Names made for one test, so that tests can share a server; every test may use another region."""

    def __init__(self, url: str, region: str = "eu-west-1") -> None:
        self.number = next(_NUMBERS)
        self.url, self.region = url, region
        self.dms, self.s3, self.dynamodb, self.iam, self.ec2, self.logs = (
            _client(service, url, region) for service in ("dms", "s3", "dynamodb", "iam", "ec2", "logs")
        )
        self.bucket = self.named("files")
        self.account_role("dms-vpc-role", "AmazonDMSVPCManagementRole")
        self.account_role("dms-cloudwatch-logs-role", "AmazonDMSCloudWatchLogsRole")

    def client(self, service: str) -> Any:
        """Return a client of another service."""
        return _client(service, self.url, self.region)

    def named(self, what: str) -> str:
        return f"{what}-{self.number}"

    def account_role(self, name: str, policy: str) -> None:
        arn = f"arn:aws:iam::aws:policy/service-role/{policy}"
        try:  # it nearly always exists
            self.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        except self.iam.exceptions.NoSuchEntityException:
            document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
            self.iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def role(
        self, what: str, *statements: tuple[str | list[str], str], trust: Mapping[str, Any] = TRUST
    ) -> str:
        """Return a role that may do each (actions, resource)."""
        name = self.named(what)
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        if statements:
            allowed = [
                {"Effect": "Allow", "Action": actions, "Resource": resource}
                for actions, resource in statements
            ]
            self.iam.put_role_policy(
                RoleName=name,
                PolicyName="it",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
            )
        return arn

    def subnets(self) -> list[str]:
        filters = [{"Name": "default-for-az", "Values": ["true"]}]
        return [subnet["SubnetId"] for subnet in self.ec2.describe_subnets(Filters=filters)["Subnets"]]

    def subnet_group(self, name: str = "") -> str:
        name = name or self.named("group")
        self.dms.create_replication_subnet_group(
            ReplicationSubnetGroupIdentifier=name,
            ReplicationSubnetGroupDescription="for tests",
            SubnetIds=self.subnets(),
        )
        return name

    def routes_out(self) -> None:
        """Let private addresses in the default VPC reach S3 and DynamoDB."""
        default = [{"Name": "is-default", "Values": ["true"]}]
        vpc = self.ec2.describe_vpcs(Filters=default)["Vpcs"][0]["VpcId"]
        filters = [{"Name": "vpc-id", "Values": [vpc]}]
        (main, *_) = self.ec2.describe_route_tables(Filters=filters)["RouteTables"]
        there = self.ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
        for service in ("s3", "dynamodb"):
            name = f"com.amazonaws.{self.region}.{service}"
            if not any(one["ServiceName"] == name for one in there):
                self.ec2.create_vpc_endpoint(
                    VpcId=vpc, ServiceName=name, RouteTableIds=[main["RouteTableId"]]
                )

    def network(self) -> tuple[str, str]:
        """Return a VPC that no other test uses, and a subnet group in it."""
        vpc = self.ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            self.ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.8.{number}.0/24", AvailabilityZone=f"{self.region}{zone}"
            )["Subnet"]["SubnetId"]
            for number, zone in enumerate("ab")
        ]
        group = self.named("network")
        self.dms.create_replication_subnet_group(
            ReplicationSubnetGroupIdentifier=group,
            ReplicationSubnetGroupDescription="for one test",
            SubnetIds=subnets,
        )
        return vpc, group

    def instance(self, *, wait: bool = True, **fields: Any) -> str:
        arn = self.dms.create_replication_instance(
            **{
                "ReplicationInstanceIdentifier": self.named("instance"),
                "ReplicationInstanceClass": "dms.t3.medium",
                **fields,
            }
        )["ReplicationInstance"]["ReplicationInstanceArn"]
        if wait:
            self.until(lambda: self.instance_status(arn) == "available")
        return arn

    def ready_instance(self) -> str:
        """Return an instance that tests share, as they take none of their own from it."""
        found = self.dms.describe_replication_instances()["ReplicationInstances"]
        for instance in found:
            if instance["ReplicationInstanceIdentifier"] == SHARED:
                return instance["ReplicationInstanceArn"]
        return self.instance(ReplicationInstanceIdentifier=SHARED)

    def instances(self) -> list[str]:
        """Return the ARNs of the Region's replication instances."""
        found = self.dms.describe_replication_instances()["ReplicationInstances"]
        return [each["ReplicationInstanceArn"] for each in found]

    def instance_status(self, arn: str) -> str:
        filters = [{"Name": "replication-instance-arn", "Values": [arn]}]
        return self.dms.describe_replication_instances(Filters=filters)["ReplicationInstances"][0][
            "ReplicationInstanceStatus"
        ]

    def source(self, role: str | None = None, *, table: ExternalTable = ORDERS, **settings: Any) -> str:
        if role is None:
            role = self.role(
                "source", ("s3:ListBucket", f"arn:aws:s3:::{self.bucket}"),
                ("s3:GetObject", f"arn:aws:s3:::{self.bucket}/*"),
            )  # fmt: skip
        given = {
            "BucketName": self.bucket,
            "ServiceAccessRoleArn": role,
            "ExternalTableDefinition": render_definition([table]),
            **settings,
        }
        return self.endpoint("source", "s3", S3Settings=given)

    def target(self, role: str | None = None) -> str:
        role = role or self.role("writer", ("dynamodb:*", "*"))
        return self.endpoint("target", "dynamodb", DynamoDbSettings={"ServiceAccessRoleArn": role})

    def endpoint(self, kind: str, engine: str, **fields: Any) -> str:
        return self.dms.create_endpoint(
            EndpointIdentifier=self.named(kind), EndpointType=kind, EngineName=engine, **fields
        )["Endpoint"]["EndpointArn"]

    def files(self, **files: str) -> None:
        """Files of the orders table: `LOAD001="…"` becomes LOAD001.csv."""
        self.make_bucket()
        for name, text in files.items():
            self.s3.put_object(Bucket=self.bucket, Key=f"import/orders/{name}.csv", Body=text.encode())

    def make_bucket(self) -> None:
        place = {"LocationConstraint": self.region}
        with suppress(self.s3.exceptions.BucketAlreadyOwnedByYou):
            self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration=place)

    def table(self, name: str = "", **fields: Any) -> str:
        name = name or self.named("orders")
        given = {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            **fields,
        }
        self.dynamodb.create_table(TableName=name, **given)
        return name

    def task(
        self,
        *rules: Mapping[str, Any],
        settings: Mapping[str, Any] | None = None,
        source: str | None = None,
        target: str | None = None,
        instance: str | None = None,
        **fields: Any,
    ) -> str:
        """Return a task in the state ready."""
        self.make_bucket()
        given = {
            "ReplicationTaskIdentifier": self.named("task"),
            "SourceEndpointArn": source or self.source(),
            "TargetEndpointArn": target or self.target(),
            "ReplicationInstanceArn": instance or self.ready_instance(),
            "MigrationType": "full-load",
            "TableMappings": json.dumps({"rules": [SELECT_ALL, *rules]}),
            **fields,
        }
        if settings is not None:
            given["ReplicationTaskSettings"] = json.dumps(settings)
        arn = self.dms.create_replication_task(**given)["ReplicationTask"]["ReplicationTaskArn"]
        self.until(lambda: self.task_fields(arn)["Status"] == "ready")
        return arn

    def replication(
        self,
        *rules: Mapping[str, Any],
        source: str | None = None,
        target: str | None = None,
        compute: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> str:
        """Return a serverless replication that never ran."""
        self.make_bucket()
        self.routes_out()
        given = {
            "ReplicationConfigIdentifier": self.named("replication"),
            "SourceEndpointArn": source or self.source(),
            "TargetEndpointArn": target or self.target(),
            "ReplicationType": "full-load",
            "ComputeConfig": {
                "MaxCapacityUnits": 4,
                "ReplicationSubnetGroupId": self.subnet_group(),
                **(compute or {}),
            },
            "TableMappings": json.dumps({"rules": [SELECT_ALL, *rules]}),
            **fields,
        }
        return self.dms.create_replication_config(**given)["ReplicationConfig"]["ReplicationConfigArn"]

    def replicate(self, replication: str, kind: str = "start-replication") -> dict[str, Any]:
        """Run a serverless replication to its end; its fields then."""
        self.dms.start_replication(ReplicationConfigArn=replication, StartReplicationType=kind)
        self.until(lambda: self.replication_fields(replication)["Status"] in ("stopped", "failed"))
        return self.replication_fields(replication)

    def replication_fields(self, arn: str) -> dict[str, Any]:
        filters = [{"Name": "replication-config-arn", "Values": [arn]}]
        return self.dms.describe_replications(Filters=filters)["Replications"][0]

    def run(self, task: str, kind: str = "start-replication") -> dict[str, Any]:
        """Run a task to its end; its fields then."""
        self.start(task, kind)
        self.until(lambda: self.task_fields(task)["Status"] in ("stopped", "failed"))
        return self.task_fields(task)

    def start(self, task: str, kind: str = "start-replication") -> None:
        """Start a task once both its endpoints are tested: it can be ready before they are."""
        fields = self.task_fields(task)
        ends = fields["SourceEndpointArn"], fields["TargetEndpointArn"]
        self.until(lambda: not any(self._testing(end) for end in ends))
        self.dms.start_replication_task(ReplicationTaskArn=task, StartReplicationTaskType=kind)

    def task_fields(self, arn: str) -> dict[str, Any]:
        filters = [{"Name": "replication-task-arn", "Values": [arn]}]
        return self.dms.describe_replication_tasks(Filters=filters)["ReplicationTasks"][0]

    def statistics(self, task: str) -> dict[str, Any]:
        """Return the statistics of the only table."""
        (table,) = self.dms.describe_table_statistics(ReplicationTaskArn=task)["TableStatistics"]
        return table

    def rows_so_far(self, task: str) -> int:
        found = self.dms.describe_table_statistics(ReplicationTaskArn=task)["TableStatistics"]
        return sum(table["FullLoadRows"] for table in found)

    def items(self, table: str) -> dict[str, dict[str, Any]]:
        """Return the items of a table by their `id`."""
        return {item["id"]["S"]: item for item in self.dynamodb.scan(TableName=table)["Items"]}

    def log_lines(self, task: str) -> list[str]:
        events = self.logs.get_log_events(
            logGroupName=f"dms-tasks-{SHARED}", logStreamName=f"dms-task-{task.rsplit(':', 1)[1]}"
        )["events"]
        return [event["message"] for event in events]

    def connection(self, instance: str, endpoint: str) -> dict[str, Any]:
        """Return a finished test of the connection, begun after any that runs already."""
        self.until(lambda: not self._testing(endpoint))
        self.dms.test_connection(ReplicationInstanceArn=instance, EndpointArn=endpoint)
        self.until(lambda: not self._testing(endpoint))
        return self._connections(endpoint)[0]

    def _testing(self, endpoint: str) -> bool:
        return any(connection["Status"] == "testing" for connection in self._connections(endpoint))

    def _connections(self, endpoint: str) -> list[dict[str, Any]]:
        filters = [{"Name": "endpoint-arn", "Values": [endpoint]}]
        return self.dms.describe_connections(Filters=filters)["Connections"]

    def connection_status(self, task: str) -> str:
        """Return the statistics of the task's target."""
        return self._connections(self.task_fields(task)["TargetEndpointArn"])[0]["Status"]

    def held(self, most: int = 1_000) -> AbstractContextManager[Callable[..., int]]:
        """Hold the next loads of the server."""
        return held(self.url, most)

    @staticmethod
    def until(reached: Callable[[], bool], seconds: float = _PATIENCE) -> None:
        give_up = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < give_up, "not reached in time"
            time.sleep(0.03)
