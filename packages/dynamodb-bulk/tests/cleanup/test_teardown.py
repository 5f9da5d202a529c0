"""What is undone next to the graph, each kind by itself, and twice."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bulk_testing.glue_job import make_bucket, make_job, put_script
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cleanup.removals import forget_load, remove
from dynamodb_bulk.loads.native.errors import LOG_GROUP, error_stream
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

REGION = "eu-west-3"
ACCOUNT = {"region": REGION, "local": True}
KEYS = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    return Stage(server, REGION)


def interfaces(stage: Stage) -> set[str]:
    """Those of DMS."""
    found = stage.ec2.describe_network_interfaces(
        Filters=[{"Name": "description", "Values": ["DMSNetworkInterface"]}]
    )
    return {each["NetworkInterfaceId"] for each in found["NetworkInterfaces"]}


def gateways(stage: Stage) -> set[str]:
    found = stage.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    return {each["VpcEndpointId"] for each in found if each["State"].lower() != "deleted"}


def instance_name(stage: Stage, arn: str) -> str:
    found = stage.dms.describe_replication_instances()["ReplicationInstances"]
    (name,) = [
        each["ReplicationInstanceIdentifier"] for each in found if each["ReplicationInstanceArn"] == arn
    ]
    return name


def keys(stage: Stage) -> list[str]:
    found = stage.s3.list_object_versions(Bucket=stage.bucket)
    return [each["Key"] for each in (*found.get("Versions", []), *found.get("DeleteMarkers", []))]


@pytest.mark.parametrize("running", [False, True], ids=["starting", "running"])
def test_task_when_it_is_at_work_is_stopped_and_then_can_be_deleted(there: Stage, running: bool) -> None:
    there.files(LOAD001="o1,1,\n")
    task = there.task(object_mapping(there.table()))
    with there.held():
        there.start(task)
        if running:
            there.until(lambda: there.task_fields(task)["Status"] == "running")
        for _ in range(2):
            remove("dms-task", {"task_arn": task}, ACCOUNT)
            assert there.task_fields(task)["Status"] == "stopped"
    there.dms.delete_replication_task(ReplicationTaskArn=task)
    remove("dms-task", {"task_arn": task}, ACCOUNT)


def test_wait_is_only_for_interfaces_whose_instance_does_not_exist(there: Stage) -> None:
    arguments = {"subnets": there.subnets()}
    before = interfaces(there)
    instance = there.instance()
    (held,) = interfaces(there) - before
    remove("interfaces", arguments, ACCOUNT)
    assert held in interfaces(there), "its instance is there"

    subnet = there.subnets()[0]
    free = there.ec2.create_network_interface(SubnetId=subnet, Description="DMSNetworkInterface")
    there.dms.delete_replication_instance(ReplicationInstanceArn=instance)
    there.until(lambda: instance not in there.instances())
    assert held in interfaces(there), "AWS holds it a while longer"
    remove("interfaces", arguments, ACCOUNT)
    assert held not in interfaces(there)
    (other,) = interfaces(there) - before
    assert other == free["NetworkInterface"]["NetworkInterfaceId"], "nothing holds it"
    there.ec2.delete_network_interface(NetworkInterfaceId=other)


def test_gateways_stay_while_an_instance_of_a_different_stack_is_in_the_vpc(
    there: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    vpc, group = there.network()
    gateway = there.ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway"
    )
    endpoint = gateway["VpcEndpoint"]["VpcEndpointId"]
    arguments = {"endpoints": [endpoint], "vpc": vpc}
    instance = there.instance(ReplicationSubnetGroupIdentifier=group)
    remove("gateways", arguments, ACCOUNT)
    assert endpoint in gateways(there)
    (said,) = capsys.readouterr().out.splitlines()
    assert said.startswith(f"kept: VPC endpoints {endpoint}, since {instance_name(there, instance)} in {vpc}")

    there.dms.delete_replication_instance(ReplicationInstanceArn=instance)
    there.until(lambda: instance not in there.instances())
    for _ in range(2):
        remove("gateways", arguments, ACCOUNT)
        assert endpoint not in gateways(there)


def test_gateways_are_deleted_when_the_only_instance_is_in_a_different_vpc(there: Stage) -> None:
    vpc = there.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway = there.ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway"
    )
    endpoint = gateway["VpcEndpoint"]["VpcEndpointId"]
    instance = there.instance()
    remove("gateways", {"endpoints": [endpoint], "vpc": vpc}, ACCOUNT)
    assert endpoint not in gateways(there)
    there.dms.delete_replication_instance(ReplicationInstanceArn=instance)
    there.until(lambda: instance not in there.instances())


def test_glue_job_ends_its_runs_and_keeps_nothing_but_its_code(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    make_bucket(stage)
    put_script(stage, "import time\ntime.sleep(600)\n")
    job, glue = make_job(stage), stage.client("glue")
    run = glue.start_job_run(JobName=job)["JobRunId"]
    for key in ("code/1/script.py", "check/orders/1/request.json"):
        stage.s3.put_object(Bucket=stage.bucket, Key=f"glue/{job}/{key}", Body=b"")
    account = {"region": stage.region, "local": True}
    for _ in range(2):
        remove("glue-job", {"bucket": stage.bucket, "name": job}, account)
        assert glue.get_job_run(JobName=job, RunId=run)["JobRun"]["JobRunState"] == "STOPPED"
    assert keys(stage) == [f"glue/{job}/code/1/script.py", "script.py"]
    remove("glue-job", {"bucket": stage.bucket, "name": "none"}, account)


def test_objects_go_with_all_their_versions_and_no_others_do(there: Stage) -> None:
    there.make_bucket()
    there.s3.put_bucket_versioning(Bucket=there.bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("converted/orders/a", "converted/orders/a", "converted/orders-2/a"):
        there.s3.put_object(Bucket=there.bucket, Key=key, Body=b"x")
    there.s3.delete_object(Bucket=there.bucket, Key="converted/orders/a")
    for _ in range(2):
        remove("objects", {"bucket": there.bucket, "prefix": "converted/orders/"}, ACCOUNT)
        assert keys(there) == ["converted/orders-2/a"]
    remove("objects", {"bucket": "no-such-bucket", "prefix": "a/"}, ACCOUNT)


def put(stage: Stage, token: str) -> str:
    """A bulk put; its ARN."""
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key="in/a.json", Body=b'{"Item":{"id":{"S":"1"}}}\n')
    return stage.dynamodb.start_bulk_put_items(
        TableName=stage.table(),
        ClientToken=token,
        InputS3Configuration={
            "S3Bucket": stage.bucket,
            "S3KeyPrefix": "in/",
            "InputFormat": "DYNAMODB_JSON",
        },
        OutputS3Configuration={"OutputType": ["ERROR"], "S3Bucket": stage.bucket, "S3KeyPrefix": "out/"},
    )["BulkOperationDescription"]["BulkOperationArn"]


@pytest.mark.parametrize("recorded", [True, False])
def test_bulk_put_when_it_is_under_way_is_cancelled_also_when_only_its_token_is_known(
    there: Stage, recorded: bool
) -> None:
    run = record(run_suffix=there.bucket)
    arguments = {"bucket": there.bucket, "load": "orders", "method": "bulk_put"}
    with there.held():
        operation = put(there, run.token)
        kept = run.model_copy(update={"operation": operation}) if recorded else run
        kept.write(there.bucket, "orders", Aws(region=REGION))
        for _ in range(2):
            remove("operation", arguments, ACCOUNT)
            found = there.dynamodb.describe_bulk_operation(BulkOperationArn=operation)
            assert found["BulkOperationDescription"]["BulkOperationStatus"] == "CANCELLED"


def test_import_known_by_its_token_is_waited_for_and_its_table_deleted(
    there: Stage,
) -> None:
    run = record(run_suffix=there.bucket, table=there.named("unrecorded"))
    operation = imported(there, run.table, run.token)
    run.write(there.bucket, "orders", Aws(region=REGION))
    remove("operation", {"bucket": there.bucket, "load": "orders", "method": "native"}, ACCOUNT)
    found = RunRecord.read(there.bucket, "orders", Aws(region=REGION))
    assert found
    assert found.operation == operation
    forget(there)
    assert run.table not in tables(there)
    assert error_stream(operation) not in streams(there)


def test_export_when_it_writes_under_the_prefix_is_waited_for(there: Stage) -> None:
    exports = ExportStage(there)
    begun = exports.ask(exports.table("p1"), S3Prefix="exports/people/abc")
    remove("exports", {"bucket": there.bucket, "prefix": "exports/people/"}, ACCOUNT)
    assert exports.state(begun)["ExportStatus"] == "COMPLETED"


@pytest.mark.parametrize("prefix", ["exports/people-2/", "exports/people/abcd/"])
def test_export_when_it_writes_elsewhere_is_not_waited_for(
    there: Stage, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_waiting(_: float) -> None:
        raise AssertionError

    exports = ExportStage(there)
    exports.ask(exports.table("p1"), S3Prefix="exports/people/abc")
    monkeypatch.setattr(
        "dynamodb_bulk.aws.polling.time", SimpleNamespace(sleep=no_waiting, monotonic=time.monotonic)
    )
    remove("exports", {"bucket": there.bucket, "prefix": prefix}, ACCOUNT)


@pytest.mark.parametrize(
    ("service", "operation", "kind", "arguments"),
    [
        ("dynamodb", "list_exports", "exports", {"bucket": "files", "prefix": "exports/"}),
        ("ec2", "get_paginator", "interfaces", {"subnets": ["subnet-1"]}),
    ],
)
def test_wait_does_not_prevent_a_destroy_when_permissions_are_missing(
    there: Stage, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, kind: Any, arguments: Any
) -> None:
    answers = iter(("AccessDeniedException", "UnauthorizedOperation", "ValidationException"))

    def fail(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": next(answers)}}, operation)

    monkeypatch.setattr(Aws, service, SimpleNamespace(**{operation: fail}))
    remove(kind, arguments, ACCOUNT)
    remove(kind, arguments, ACCOUNT)
    with pytest.raises(ClientError):
        remove(kind, arguments, ACCOUNT)


def test_operation_cleanup_does_nothing_when_none_was_started(there: Stage) -> None:
    there.make_bucket()
    record(run_suffix="none").write(there.bucket, "orders", Aws(region=REGION))
    for method in ("native", "bulk_put"):
        remove("operation", {"bucket": there.bucket, "load": "orders", "method": method}, ACCOUNT)


def record(operation: str = "", **fields: Any) -> RunRecord:
    return RunRecord(digest="one", rows_in_files=1, operation=operation, **fields)


def imported(stage: Stage, table: str, token: str = "") -> str:
    """A table by an import with a bad item; the import's ARN."""
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key="in/a.json", Body=b'{"Item":{"other":{"S":"1"}}}\n')
    arn = stage.dynamodb.import_table(
        ClientToken=token or table,
        S3BucketSource={"S3Bucket": stage.bucket, "S3KeyPrefix": "in/"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={"TableName": table, "BillingMode": "PAY_PER_REQUEST", **KEYS},
    )["ImportTableDescription"]["ImportArn"]
    stage.until(
        lambda: (
            stage.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]["ImportStatus"]
            != "IN_PROGRESS"
        )
    )
    return arn


def forget(stage: Stage, *, keep_tables: bool = False) -> None:
    forget_load(
        Aws(region=REGION),
        bucket=stage.bucket,
        load="orders",
        method="native",
        reports_prefix="reports/orders/",
        keep_tables=keep_tables,
    )


def tables(stage: Stage) -> list[str]:
    return stage.dynamodb.list_tables()["TableNames"]


def streams(stage: Stage) -> set[str]:
    found = stage.logs.describe_log_streams(logGroupName=LOG_GROUP)["logStreams"]
    return {each["logStreamName"] for each in found}


def test_record_is_deleted_with_the_logs_of_its_imports_and_their_last_table(
    there: Stage,
) -> None:
    first = imported(there, there.named("first"))
    there.dynamodb.delete_table(TableName=there.named("first"))
    last = imported(there, there.named("last"))
    kept = record(
        last, earlier=(first,), table=there.named("last"), outcome=Outcome(good=False, verdict="bad")
    )
    kept.write(there.bucket, "orders", Aws(region=REGION))
    there.s3.put_object(Bucket=there.bucket, Key="reports/orders/a", Body=b"x")
    there.s3.put_object(Bucket=there.bucket, Key="runs/orders.json.of-another", Body=b"x")
    for _ in range(2):
        forget(there)
        assert not {error_stream(first), error_stream(last)} & streams(there)
        assert there.named("last") not in tables(there)
        assert keys(there) == ["in/a.json", "runs/orders.json.of-another"]


def test_record_keeps_the_table_when_a_different_one_has_the_name(there: Stage) -> None:
    name = there.named("taken")
    last = imported(there, name)
    there.dynamodb.delete_table(TableName=name)
    there.table(name)
    record(last, table=name).write(there.bucket, "orders", Aws(region=REGION))
    forget(there)
    assert name in tables(there)


def test_record_in_production_leaves_the_table(there: Stage) -> None:
    name = there.named("kept")
    record(imported(there, name), table=name).write(there.bucket, "orders", Aws(region=REGION))
    forget(there, keep_tables=True)
    assert name in tables(there)
    assert RunRecord.read(there.bucket, "orders", Aws(region=REGION)) is None


def test_removal_when_a_stack_of_this_machine_would_reach_aws_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://dynamodb.eu-west-1.amazonaws.com")
    with pytest.raises(InputError, match="this stack is for local AWS"):
        remove("objects", {"bucket": "files", "prefix": "a/"}, ACCOUNT)
