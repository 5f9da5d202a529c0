"""What AWS keeps after a destroy: what is listed, what is deleted, what stays and why."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.names import bucket_name
from dynamodb_bulk.cleanup import buckets, capacity
from dynamodb_bulk.cleanup.delete import delete_gateway
from dynamodb_bulk.cleanup.leftover import Leftover
from dynamodb_bulk.cleanup.stacks import Stacks
from dynamodb_bulk.cli.leftovers import find_leftovers, leftovers, remove
from dynamodb_bulk.loads import raised_capacity
from dynamodb_bulk.loads.native.errors import LOG_GROUP
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from local_aws.testing.stage import Stage

REGION = "eu-west-3"  # of these tests alone
PROJECT = "leftshop"
KEYS = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


@pytest.fixture
def there(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A Region in which nothing is left at the beginning, and at the end."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    stage = Stage(server, REGION)
    yield stage
    for one in find(stage, stacks(gone=0), named=["unheard-of", "lives"]):
        if one.delete is not None and one.kind not in ("role", "network interface"):
            one.delete()


def stacks(**resources: int | None) -> Stacks:
    return Stacks(project=PROJECT, resources=resources)


def find(
    stage: Stage, known: Stacks | None = None, named: tuple[str, ...] | list[str] = ()
) -> list[Leftover]:
    found, denied = find_leftovers(_aws(stage.url, stage.region), known, named)
    assert denied == []
    return found


@cache
def _aws(_url: str, region: str) -> Aws:
    """Clients of many services: to make them takes longer than what is asked of them."""
    return Aws(region=region)


def one(found: list[Leftover], name: str) -> Leftover:
    (match,) = [each for each in found if each.name == name]
    return match


def tags(stack: str, project: str = PROJECT) -> list[dict[str, str]]:
    return [{"Key": "project", "Value": project}, {"Key": "stack", "Value": stack}]


def bucket(stage: Stage, stack: str) -> str:
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key="runs/orders.json", Body=b"{}")
    stage.s3.put_bucket_tagging(Bucket=stage.bucket, Tagging={"TagSet": tags(stack)})
    return stage.bucket


def imported(stage: Stage, text: str = '{"Item":{"other":{"S":"1"}}}\n') -> tuple[str, str]:
    """A table by an import with a bad item; its name, and the name of its log stream."""
    name = stage.named("imported")
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key="in/a.json", Body=text.encode())
    parameters: Mapping[str, Any] = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **KEYS}
    arn = stage.dynamodb.import_table(
        S3BucketSource={"S3Bucket": stage.bucket, "S3KeyPrefix": "in/"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters=parameters,
    )["ImportTableDescription"]["ImportArn"]
    stage.until(
        lambda: (
            stage.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]["ImportStatus"]
            != "IN_PROGRESS"
        )
    )
    return name, f"{LOG_GROUP} {arn.rpartition('/')[2]}/error"


def test_account_roles_always_stay(there: Stage) -> None:
    found = one(find(there), "dms-vpc-role")
    assert not found.removable
    assert found.line().startswith("belongs to the account: every DMS user needs it")


def test_tables_of_dms_when_a_task_is_alive_stay_and_name_it(there: Stage) -> None:
    there.table("awsdms_full_load_exceptions")
    assert one(find(there), "awsdms_full_load_exceptions").removable
    task = there.task()
    found = one(find(there), "awsdms_full_load_exceptions")
    assert not found.removable
    assert found.retained == f"all of DMS in this Region shares it, and {there.named('task')} exists"
    there.dms.delete_replication_task(ReplicationTaskArn=task)
    there.until(lambda: not there.dms.describe_replication_tasks()["ReplicationTasks"])


def test_log_group_names_its_owner_when_its_instance_does_not_exist(there: Stage) -> None:
    mine = {"project": "other", "stack": "dev"}
    there.logs.create_log_group(logGroupName="dms-tasks-long-gone", tags=mine)
    found = one(find(there), "dms-tasks-long-gone")
    assert (found.removable, found.owner, found.age_days) == (True, "other/dev", 0)
    assert found.line() == "its replication instance does not exist (of other/dev, made today)"


def test_log_group_is_no_leftover_when_its_instance_exists(there: Stage) -> None:
    there.instance()
    there.logs.create_log_group(logGroupName=f"dms-tasks-{there.named('instance')}")
    assert not [each for each in find(there) if each.kind == "log group"]
    there.logs.delete_log_group(logGroupName=f"dms-tasks-{there.named('instance')}")


def test_log_group_of_serverless_replications_is_found_by_its_name(there: Stage) -> None:
    there.logs.create_log_group(logGroupName="dms-serverless-replication-abc")
    assert one(find(there), "dms-serverless-replication-abc").removable


def test_interface_when_nothing_holds_it_may_go(there: Stage) -> None:
    made = there.ec2.create_network_interface(SubnetId=there.subnets()[0], Description="DMSNetworkInterface")[
        "NetworkInterface"
    ]["NetworkInterfaceId"]
    there.ec2.create_network_interface(SubnetId=there.subnets()[0], Description="another's")
    (found,) = [each for each in find(there) if each.kind == "network interface"]
    assert (found.name, found.removable) == (made, True)
    assert found.delete is not None
    found.delete()
    assert not [each for each in find(there) if each.kind == "network interface"]


def test_import_log_is_removable_only_when_its_table_does_not_exist(there: Stage) -> None:
    table, stream = imported(there)
    found = find(there)
    assert one(found, stream).retained == f"the table {table} exists"
    assert one(found, LOG_GROUP).retained == "imports of existing tables log to it"
    there.dynamodb.delete_table(TableName=table)
    found = find(there)
    assert one(found, stream).removable
    assert one(found, LOG_GROUP).removable


def test_tagged_resource_is_removable_only_when_its_stack_was_destroyed(there: Stage) -> None:
    there.table("orders", Tags=tags("gone"))
    there.table("lives", Tags=tags("lives"))
    there.table("foreign", Tags=tags("gone", project="other"))
    bucket(there, "gone")
    found = find(there, stacks(gone=0, lives=12))
    names = {each.name for each in found if each.kind in ("table", "bucket")}
    assert names == {"orders", there.bucket}
    assert one(found, "orders").owner == f"{PROJECT}/gone"
    assert one(found, "orders").removable
    for name in ("lives", "foreign"):
        there.dynamodb.delete_table(TableName=name)


def test_capacity_that_a_gone_stack_raised_is_put_back_before_its_bucket_goes(
    there: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, name, was = _aws(there.url, there.region), bucket(there, "gone"), {"ReadCapacityUnits": 3}
    there.table("live", BillingMode="PROVISIONED", ProvisionedThroughput={**was, "WriteCapacityUnits": 5})
    load = SimpleNamespace(name="orders", table="live", records_bucket=name, write_units=50)
    with monkeypatch.context() as killed:
        killed.setattr(raised_capacity, "put_back", lambda *_: "")
        raised_capacity.with_raised_capacity(load, lambda: "", aws, print)  # pyright: ignore[reportArgumentType]

    found = find(there, stacks(gone=0))
    raised = one(found, "live")
    assert (raised.kind, raised.owner, raised.removable) == (
        "raised write capacity",
        f"{PROJECT}/gone",
        True,
    )
    assert "load orders raised it to 50 units" in raised.reason
    assert one(find(there, stacks()), "live").retained == "`--stack gone` deletes it too"
    assert remove(one(found, name)) == ""  # the bucket alone
    table = there.dynamodb.describe_table(TableName="live")["Table"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    assert not [each for each in find(there, stacks(gone=0)) if each.name in ("live", name)]
    there.dynamodb.delete_table(TableName="live")


def test_bucket_of_a_gone_stack_stays_when_aws_does_not_lower_what_it_knows(
    there: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bucket(there, "gone")

    def refuse() -> None:
        raise LoadFailed("the write capacity stays")

    raised = Leftover(kind="raised write capacity", name="live", delete=refuse)
    with monkeypatch.context() as limited:
        limited.setattr(capacity, "raised_tables", lambda *_: iter([raised]))
        assert remove(one(find(there, stacks(gone=0)), name)) == "the write capacity stays"
    there.s3.head_bucket(Bucket=name)


def test_glue_job_goes_with_its_keys_and_its_logs(there: Stage) -> None:
    glue, logs, name = there.client("glue"), there.client("logs"), f"{PROJECT}-gone-glue"
    group, of_stack = f"/aws-glue/jobs/{name}/error", {"project": PROJECT, "stack": "gone"}
    off = {"CloudWatchEncryption": {"CloudWatchEncryptionMode": "DISABLED"}}
    glue.create_security_configuration(Name=name, EncryptionConfiguration=off)
    glue.create_job(
        Name=name,
        Role="arn:aws:iam::123456789012:role/it",
        Command={"Name": "glueetl", "ScriptLocation": "s3://a/b.py"},
        SecurityConfiguration=name,
        Tags=of_stack,
    )
    logs.create_log_group(logGroupName=group, tags=of_stack)
    found = find(there, stacks(gone=0))
    assert [(each.kind, each.owner, each.removable) for each in found if name in each.name] == [
        ("Glue job", f"{PROJECT}/gone", True),
        ("log group", f"{PROJECT}/gone", True),
    ]
    assert [remove(each) for each in found if name in each.name] == ["", ""]
    assert name not in glue.list_jobs()["JobNames"]
    assert glue.get_security_configurations()["SecurityConfigurations"] == []
    assert not [each for each in find(there, stacks(gone=0)) if name in each.name]


def test_tagged_is_no_leftover_when_it_is_deleted_and_still_listed(there: Stage) -> None:
    there.table("orders", Tags=tags("gone"))
    name = bucket(there, "gone")
    there.instance(Tags=tags("gone"))
    group = f"{PROJECT}-gone-ghosts"
    there.client("scheduler").create_schedule_group(Name=group, Tags=tags("gone"))
    found = [each for each in find(there, stacks(gone=0)) if each.removable]
    assert {each.name for each in found} == {"orders", name, there.named("instance"), group}
    assert [remove(each) for each in found] == [""] * 4
    filters = [{"Key": "stack", "Values": ["gone"]}]
    listed = there.client("resourcegroupstaggingapi").get_resources(TagFilters=filters)
    arns = " ".join(each["ResourceARN"] for each in listed["ResourceTagMappingList"])
    assert [part for part in ("table/orders", f":::{name}", ":rep:", group) if part not in arns] == []
    assert not [
        each for each in find(there, stacks(gone=0)) if each.name.startswith((PROJECT, "orders", name))
    ]


def test_what_sends_notices_when_its_stack_is_gone_goes_with_what_has_no_tags(there: Stage) -> None:
    events, sns, watch = there.client("events"), there.client("sns"), there.client("cloudwatch")
    name, rule = f"{PROJECT}-gone-monitoring", f"{PROJECT}-gone-load-failed"
    topic = sns.create_topic(Name=name, Tags=tags("gone"))["TopicArn"]
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X", "ApiKeyValue": "y"}}
    connection = events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters=key)
    events.create_api_destination(
        Name=name,
        ConnectionArn=connection["ConnectionArn"],
        HttpMethod="POST",
        InvocationEndpoint="https://example.com",
    )
    events.put_rule(Name=rule, EventPattern='{"source": ["a"]}', Tags=tags("gone"))
    events.put_targets(Rule=rule, Targets=[{"Id": "topic", "Arn": topic}])
    for dashboard in (f"{PROJECT}-gone-loads", f"{PROJECT}-gone-loads-of-others"):
        watch.put_dashboard(DashboardName=dashboard, DashboardBody='{"widgets": []}')
    watch.put_metric_alarm(
        AlarmName=rule,
        MetricName="TriggeredRules",
        Namespace="AWS/Events",
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
        Period=60,
        EvaluationPeriods=1,
        Tags=tags("gone"),
    )
    found = [each for each in find(there, stacks(gone=0)) if each.removable]
    assert [(each.kind, each.name) for each in found] == [
        ("EventBridge rule", rule),
        ("alarm", rule),
        ("dashboard", f"{PROJECT}-gone-loads"),
        ("API destination", name),
        ("EventBridge connection", name),
        ("topic", name),
    ]
    assert [remove(each) for each in found] == [""] * 6
    assert [each for each in find(there, stacks(gone=0)) if each.removable] == []
    watch.delete_dashboards(DashboardNames=[f"{PROJECT}-gone-loads-of-others"])


def test_event_subscription_when_its_stack_is_gone_goes_before_its_topic(there: Stage) -> None:
    sns, name = there.client("sns"), f"{PROJECT}-gone-task-failed"
    topic = sns.create_topic(Name=f"{PROJECT}-gone-monitoring", Tags=tags("gone"))["TopicArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": topic}]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    there.dms.create_event_subscription(SubscriptionName=name, SnsTopicArn=topic, Tags=tags("gone"))
    found = [each for each in find(there, stacks(gone=0)) if each.removable]
    assert [each.kind for each in found] == ["DMS event subscription", "topic"]
    assert found[0].name == name
    assert [remove(each) for each in found] == ["", ""]
    assert [each for each in find(there, stacks(gone=0)) if each.removable] == []


def test_what_exports_by_the_clock_when_its_stack_is_gone_goes_before_its_roles(there: Stage) -> None:
    scheduler, states = there.client("scheduler"), there.client("stepfunctions")
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    name = f"{PROJECT}-gone-orders"
    scheduler.create_schedule_group(Name=name, Tags=tags("gone"))
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime", "RoleArn": "arn:r"}
    scheduler.create_schedule(
        Name="full",
        GroupName=name,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )
    role = there.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}), Tags=tags("gone")
    )["Role"]["Arn"]
    machine = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    for stack in ("gone", "lives"):
        states.create_state_machine(
            name=f"{PROJECT}-{stack}-orders",
            definition=json.dumps(machine),
            roleArn=role,
            tags=[{key.lower(): value for key, value in tag.items()} for tag in tags(stack)],
        )
    found = [each for each in find(there, stacks(gone=0, lives=3)) if each.name.startswith(PROJECT)]
    assert [(each.kind, each.removable) for each in found] == [
        ("schedule group", True),
        ("state machine", True),
        ("role", True),
    ]
    for each in found:
        assert each.delete is not None
        each.delete()
    assert [each["name"] for each in states.list_state_machines()["stateMachines"]] == [
        f"{PROJECT}-lives-orders"
    ]
    assert scheduler.list_schedules(GroupName=name)["Schedules"] == []
    assert not [each for each in find(there, stacks(gone=0, lives=3)) if each.name.startswith(PROJECT)]


def test_tagged_when_this_backend_does_not_know_the_stack_stays_until_it_is_named(there: Stage) -> None:
    there.table("orders", Tags=tags("unheard-of"))
    found = one(find(there, stacks()), "orders")
    assert not found.removable
    assert found.retained == "`--stack unheard-of` deletes it too"
    assert one(find(there, stacks(), ["unheard-of"]), "orders").removable


@pytest.mark.parametrize(
    ("stack", "found"),
    [("gone", True), ("unheard-of", True), ("lives", False)],
)
def test_bucket_when_a_kill_left_it_without_tags_is_found_by_its_name(
    there: Stage, stack: str, found: bool
) -> None:
    name = bucket_name("123456789012", PROJECT, stack, "files")
    place = {"LocationConstraint": REGION}
    there.s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    left = [each for each in find(there, stacks(gone=0, lives=3)) if each.name == name]
    there.s3.put_object(Bucket=name, Key="a", Body=b"a")
    full = [each for each in find(there, stacks(gone=0, lives=3)) if each.name == name]
    there.s3.delete_object(Bucket=name, Key="a")
    named = [each for each in find(there, stacks(gone=0), ["unheard-of"]) if each.name == name]
    if not found:
        there.s3.delete_bucket(Bucket=name)
    else:
        (one_left,) = left
        assert one_left.removable is (stack == "gone")
        assert full == [], "what holds anything is nobody's to delete"
        (again,) = named
        assert remove(again) == ""
        assert name not in [each["Name"] for each in there.s3.list_buckets()["Buckets"]]
    assert bool(left) is found


def test_gateway_when_an_instance_in_its_vpc_needs_it_stays_until_none_does(there: Stage) -> None:
    vpc, group = there.network()
    made = there.ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags("gone")}],
    )
    name = made["VpcEndpoint"]["VpcEndpointId"]
    instance = there.instance(ReplicationSubnetGroupIdentifier=group)
    assert "in its VPC needs it" in one(find(there, stacks(gone=0)), name).retained
    there.dms.delete_replication_instance(ReplicationInstanceArn=instance)
    there.until(lambda: instance not in there.instances())
    assert one(find(there, stacks(gone=0)), name).removable


def test_network_of_a_gone_stack_is_deleted_in_order_once_no_instance_needs_it(there: Stage) -> None:
    def tagged(kind: str) -> Any:
        return [{"ResourceType": kind, "Tags": tags("gone")}]

    vpc = there.ec2.create_vpc(CidrBlock="10.9.0.0/24", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
    subnets = [
        there.ec2.create_subnet(
            VpcId=vpc, CidrBlock=block, AvailabilityZone=zone, TagSpecifications=tagged("subnet")
        )["Subnet"]["SubnetId"]
        for block, zone in (("10.9.0.0/25", f"{REGION}a"), ("10.9.0.128/25", f"{REGION}b"))
    ]
    there.ec2.create_security_group(
        GroupName="g", Description="d", VpcId=vpc, TagSpecifications=tagged("security-group")
    )
    there.ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", TagSpecifications=tagged("vpc-endpoint")
    )
    group = there.named("network")
    there.dms.create_replication_subnet_group(
        ReplicationSubnetGroupIdentifier=group, ReplicationSubnetGroupDescription="d", SubnetIds=subnets
    )
    instance = there.instance(ReplicationSubnetGroupIdentifier=group)
    kinds = ["VPC endpoint", "subnet", "subnet", "security group", "VPC"]
    found = [each for each in find(there, stacks(gone=0)) if each.kind in kinds]
    assert [each.kind for each in found] == kinds
    assert not any(each.removable for each in found)

    there.dms.delete_replication_instance(ReplicationInstanceArn=instance)
    there.until(lambda: instance not in there.instances())
    there.dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier=group)
    of_vpc: Any = [{"Name": "vpc-id", "Values": [vpc]}]
    there.until(lambda: not there.ec2.describe_network_interfaces(Filters=of_vpc)["NetworkInterfaces"])
    for _ in range(2):
        assert [remove(each) for each in found] == [""] * 5
    assert not [each for each in find(there, stacks(gone=0)) if each.kind in kinds]


def test_named_stack_when_it_has_resources_is_refused(there: Stage) -> None:
    with pytest.raises(InputError, match="--stack lives: this stack has resources; run `pulumi destroy"):
        find(there, stacks(lives=3), ["lives"])


def test_tagged_table_when_it_is_protected_stays(there: Stage) -> None:
    there.table("orders", Tags=tags("gone"), DeletionProtectionEnabled=True)
    found = one(find(there, stacks(gone=0)), "orders")
    assert (found.removable, found.retained) == (False, "it is protected against deletion")
    there.dynamodb.update_table(TableName="orders", DeletionProtectionEnabled=False)


def test_upload_when_it_was_begun_long_ago_may_go_though_its_stack_lives(
    there: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bucket(there, "lives")
    there.s3.create_multipart_upload(Bucket=name, Key="big.csv")  # moto dates every upload to 2010
    found = one(find(there, stacks(lives=1)), f"s3://{name}/big.csv")
    assert (found.removable, found.owner) == (True, f"{PROJECT}/lives")
    monkeypatch.setattr(buckets, "ABANDONED", timedelta(days=36_500))
    assert not [each for each in find(there, stacks(lives=1)) if each.kind == "upload"]
    assert found.delete is not None
    found.delete()
    assert not there.s3.list_multipart_uploads(Bucket=name).get("Uploads")


def run(capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[int, str]:
    code = leftovers(region=REGION, **options)
    return code, capsys.readouterr().out


def test_command_exits_1_and_reports_how_when_something_is_removable(
    there: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys)[0] == 0
    there.logs.create_log_group(logGroupName="dms-tasks-long-gone")
    code, said = run(capsys)
    assert code == 1
    assert "`bulk leftovers --delete` deletes 1 of them." in said


def test_command_when_a_name_has_brackets_prints_them(
    there: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.cli.leftovers.read_stacks", lambda: stacks(lives=1))
    name = bucket(there, "lives")
    there.s3.create_multipart_upload(Bucket=name, Key="a[/b][red].csv")
    code, said = run(capsys, delete=True, yes=True)
    assert code == 0
    assert f"upload s3://{name}/a[/b][red].csv: deleted" in said


def test_delete_lists_and_refuses_when_there_is_no_terminal(
    there: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    there.logs.create_log_group(logGroupName="dms-tasks-long-gone")
    with pytest.raises(InputError, match="cannot prompt without a terminal; pass --yes"):
        leftovers(region=REGION, delete=True)
    assert "log group dms-tasks-long-gone" in capsys.readouterr().out
    assert there.logs.describe_log_groups(logGroupNamePrefix="dms-tasks-long-gone")["logGroups"]


def test_delete_when_one_fails_deletes_the_others_and_the_next_run_finishes(
    there: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    there.logs.create_log_group(logGroupName="dms-tasks-long-gone")
    there.table("awsdms_apply_exceptions", DeletionProtectionEnabled=True)
    code, said = run(capsys, delete=True, yes=True)
    assert code == 1
    assert "log group dms-tasks-long-gone: deleted" in said
    assert "table awsdms_apply_exceptions: not deleted: " in said
    assert "protected against deletion" in " ".join(said.split())

    there.dynamodb.update_table(TableName="awsdms_apply_exceptions", DeletionProtectionEnabled=False)
    code, said = run(capsys, delete=True, yes=True, as_json=True)
    (deleted,) = [each for each in json.loads(said) if each["removable"]]
    assert (code, deleted["name"], deleted["deleted"]) == (0, "awsdms_apply_exceptions", True)
    assert run(capsys)[0] == 0


def test_delete_when_it_frees_something_else_names_that_and_the_next_run_deletes_it(
    there: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.cli.leftovers.read_stacks", lambda: stacks(gone=0))
    there.instance(Tags=tags("gone"))
    group = f"dms-tasks-{there.named('instance')}"
    there.logs.create_log_group(logGroupName=group)
    code, said = run(capsys, delete=True, yes=True)
    assert code == 1
    assert f"replication instance {there.named('instance')}: deleted" in said
    assert f"log group {group}: its replication instance does not exist" in said
    assert said.endswith("`bulk leftovers --delete` deletes 1 of them.\n")
    assert run(capsys, delete=True, yes=True)[0] == 0
    assert run(capsys)[0] == 0


def test_delete_of_a_destroyed_stack_deletes_bucket_and_instance_before_the_subnets(
    there: Stage,
) -> None:
    group = there.named("group")
    there.dms.create_replication_subnet_group(
        ReplicationSubnetGroupIdentifier=group,
        ReplicationSubnetGroupDescription="of a stack",
        SubnetIds=there.subnets(),
        Tags=tags("gone"),
    )
    instance = there.instance(Tags=tags("gone"), ReplicationSubnetGroupIdentifier=group)
    there.task(instance=instance, Tags=tags("gone"))
    name = bucket(there, "gone")
    found = [each for each in find(there, stacks(gone=0)) if each.removable]
    assert [each.kind for each in found] == [
        "DMS task",
        "replication instance",
        "replication subnet group",
        "bucket",
    ]
    for each in found:
        assert each.delete is not None
        each.delete()
    assert name not in [each["Name"] for each in there.s3.list_buckets()["Buckets"]]
    assert not [each for each in find(there, stacks(gone=0)) if each.removable]


def denied(operation: str) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)

    return fail


def test_command_when_one_may_not_look_somewhere_looks_elsewhere_and_exits_2(
    there: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    table, _ = imported(there)
    there.dynamodb.delete_table(TableName=table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Aws, "dms", SimpleNamespace(get_paginator=denied("DescribeReplicationInstances")))
        assert leftovers(region=REGION, delete=True, yes=True) == 2
        said = capsys.readouterr()
        assert f"log group {LOG_GROUP}: deleted" in said.out
        assert "Not listed: An error occurred (AccessDeniedException) when calling the Des" in said.err
        leftovers(region=REGION)
        assert "Nothing is left" not in capsys.readouterr().out


def test_command_when_tags_may_not_be_looked_at_says_so_once_and_exits_2(
    there: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.cli.leftovers.read_stacks", lambda: stacks(gone=0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Aws, "tagging", SimpleNamespace(get_paginator=denied("GetResources")))
        assert leftovers(region=REGION) == 2
    assert capsys.readouterr().err.count("Not listed: ") == 1


def test_delete_when_a_stack_was_deleted_meanwhile_has_nothing_to_do(there: Stage) -> None:
    there.ec2.create_network_interface(SubnetId=there.subnets()[0], Description="DMSNetworkInterface")
    bucket(there, "gone")
    vpc, _ = there.network()
    made = [{"ResourceType": "vpc-endpoint", "Tags": tags("gone")}]
    there.ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{REGION}.s3",
        TagSpecifications=made,  # pyright: ignore[reportArgumentType]
    )
    there.client("ssm").put_parameter(
        Name=f"/{PROJECT}/gone/tables/orders", Value="t", Type="String", Tags=tags("gone")
    )
    found = [each for each in find(there, stacks(gone=0)) if each.removable]
    assert {each.kind for each in found} == {"network interface", "bucket", "VPC endpoint", "parameter"}
    assert [remove(each) for each in found] == [""] * 4
    assert [remove(each) for each in found] == [""] * 4


def test_delete_is_not_reported_as_done_when_ec2_returns_unsuccessful_items() -> None:
    answer = {"Unsuccessful": [{"ResourceId": "vpce-1", "Error": {"Code": "X", "Message": "it is held"}}]}
    ec2 = SimpleNamespace(delete_vpc_endpoints=lambda **_: answer)
    with pytest.raises(LoadFailed, match="it is held"):
        delete_gateway(SimpleNamespace(ec2=ec2), "vpce-1")  # pyright: ignore[reportArgumentType]
