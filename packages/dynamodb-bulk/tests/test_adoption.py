"""What AWS has under a name that the state does not have: whose it is, and what becomes of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from dynamodb_bulk.adoption.decision import Orphan, Orphans
from dynamodb_bulk.adoption.kinds import KINDS, Owner
from dynamodb_bulk.adoption.ready import delete_empty_bucket, log_group_is_ready, table_is_ready
from dynamodb_bulk.aws import Aws
from local_aws.testing.stage import Stage

REGION = "eu-west-3"
OURS = ("orphanage", "dev")
BUCKET, TABLE = KINDS["aws:s3/bucket:Bucket"], KINDS["aws:dynamodb/table:Table"]
ROLE, LOGS = KINDS["aws:iam/role:Role"], KINDS["aws:cloudwatch/logGroup:LogGroup"]
KEYS: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
NAME = "orphanage-dev-thing"


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A Region without the thing, before and after."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    yield Stage(server, REGION)
    aws = Aws(region=REGION)
    if NAME in {each.get("Name") for each in aws.s3.list_buckets().get("Buckets", [])}:
        aws.s3.delete_object(Bucket=NAME, Key="a")
        aws.s3.delete_bucket(Bucket=NAME)
    if NAME in aws.dynamodb.list_tables()["TableNames"]:
        aws.dynamodb.delete_table(TableName=NAME)


def orphans(owner: Owner = OURS) -> Orphans:
    return Orphans(Aws(region=REGION), owner)


def tags(owner: Owner) -> list[dict[str, str]]:
    return [{"Key": "project", "Value": owner[0]}, {"Key": "stack", "Value": owner[1]}]


def bucket(stage: Stage, *, owner: Owner | None = None, holds: bool = False) -> None:
    stage.s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    if owner:
        stage.s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": tags(owner)})
    if holds:
        stage.s3.put_object(Bucket=NAME, Key="a", Body=b"a")


@pytest.mark.parametrize(
    ("owner", "holds", "fate"),
    [
        (None, False, "recreated"),
        (None, True, "another's"),
        (OURS, False, "recreated"),
        (OURS, True, "adopted"),
        (("orphanage", "prod"), False, "another's"),
        (("orphanage", "prod"), True, "another's"),
    ],
)
def test_orphans_find_a_bucket_the_stacks_when_its_tags_say_so_or_it_is_empty_and_untagged(
    there: Stage, owner: Owner | None, holds: bool, fate: str
) -> None:
    bucket(there, owner=owner, holds=holds)
    found = orphans().find(BUCKET, NAME)
    assert found is not None
    assert found.fate == fate


@pytest.mark.parametrize(
    ("owner", "fate", "whose"),
    [
        (OURS, "adopted", ""),
        (("orphanage", "prod"), "another's", "belongs to the stack orphanage/prod"),
        (None, "another's", "has no tags"),
    ],
)
def test_orphans_find_a_table_the_stacks_when_its_tags_say_so(
    there: Stage, owner: Owner | None, fate: Any, whose: str
) -> None:
    there.dynamodb.create_table(TableName=NAME, **KEYS, Tags=tags(owner) if owner else [])
    assert orphans().find(TABLE, NAME) == Orphan(id=NAME, fate=fate, whose=whose)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_orphans_find_nothing_when_aws_does_not_have_the_name(there: Stage, kind: Any) -> None:
    assert orphans().find(kind, "orphanage-dev-never-made") is None


@pytest.mark.parametrize("named", [True, False])
def test_orphans_find_a_network_by_its_name_tag_and_an_endpoint_without_by_its_service(
    there: Stage, named: bool
) -> None:
    def tagged(kind: str, name: str) -> Any:
        name_tag = [{"Key": "bulk:name", "Value": name}] if named else []
        return [{"ResourceType": kind, "Tags": [*tags(OURS), *name_tag]}]

    vpc = there.ec2.create_vpc(CidrBlock="10.9.0.0/24", TagSpecifications=tagged("vpc", NAME))["Vpc"]["VpcId"]
    subnet = there.ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.9.0.0/25", TagSpecifications=tagged("subnet", f"{NAME}-a")
    )["Subnet"]["SubnetId"]
    group = there.ec2.create_security_group(
        GroupName=NAME, Description="d", VpcId=vpc, TagSpecifications=tagged("security-group", NAME)
    )["GroupId"]
    endpoint = there.ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        TagSpecifications=tagged("vpc-endpoint", f"{NAME}-s3"),
    )["VpcEndpoint"]["VpcEndpointId"]
    names = {
        "aws:ec2/vpc:Vpc": (NAME, vpc),
        "aws:ec2/subnet:Subnet": (f"{NAME}-a", subnet),
        "aws:ec2/securityGroup:SecurityGroup": (NAME, group),
        "aws:ec2/vpcEndpoint:VpcEndpoint": (
            f"{NAME}-s3" if named else f"com.amazonaws.{REGION}.s3",
            endpoint,
        ),
    }
    found = {kind: orphans().find(KINDS[kind], name) for kind, (name, _) in names.items()}
    others = [orphans(("orphanage", "prod")).find(KINDS[kind], name) for kind, (name, _) in names.items()]
    there.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    there.ec2.delete_subnet(SubnetId=subnet)
    there.ec2.delete_security_group(GroupId=group)
    there.ec2.delete_vpc(VpcId=vpc)
    expected = {kind: Orphan(id=identity, fate="adopted") for kind, (_, identity) in names.items()}
    kept = set(names) if named else {"aws:ec2/vpcEndpoint:VpcEndpoint"}
    assert {kind: orphan for kind, orphan in found.items() if orphan} == {
        kind: orphan for kind, orphan in expected.items() if kind in kept
    }
    assert others == [None] * 4


def test_orphans_find_the_log_group_that_dms_made_without_tags(there: Stage) -> None:
    name = f"dms-tasks-{NAME}"
    aws = Aws(region=REGION)
    aws.logs.create_log_group(logGroupName=name)
    found = orphans().find(LOGS, name)
    log_group_is_ready(aws, name, {"retention_in_days": 14}, lambda _: None)
    (group,) = aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    aws.logs.delete_log_group(logGroupName=name)
    assert found == Orphan(id=name, fate="adopted")
    assert group.get("retentionInDays") == 14


def test_orphans_look_once_for_all_of_a_kind(there: Stage) -> None:
    asked: list[str] = []
    looking = orphans()
    looking.aws.dynamodb.meta.events.register(
        "before-call.dynamodb", lambda model, **_: asked.append(model.name)
    )
    for number in range(20):
        assert looking.find(TABLE, f"orphanage-dev-{number}") is None
    assert asked == ["ListTables"]


def test_empty_bucket_when_something_came_into_it_is_not_deleted(there: Stage) -> None:
    bucket(there, holds=True)
    aws = Aws(region=REGION)
    with pytest.raises(aws.s3.exceptions.ClientError, match="BucketNotEmpty"):
        delete_empty_bucket(aws, NAME)


def test_table_when_it_is_made_ready_has_what_the_provider_sets_after_its_creation(there: Stage) -> None:
    there.dynamodb.create_table(TableName=NAME, **KEYS)
    wanted = {
        "point_in_time_recovery": {"enabled": True},
        "ttl": {"enabled": True, "attribute_name": "expires"},
    }
    aws = Aws(region=REGION)
    table_is_ready(aws, NAME, wanted, lambda _: None)
    backups = aws.dynamodb.describe_continuous_backups(TableName=NAME)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    expiry = aws.dynamodb.describe_time_to_live(TableName=NAME)["TimeToLiveDescription"]
    assert recovery == "ENABLED"
    assert (expiry.get("AttributeName"), expiry.get("TimeToLiveStatus")) == ("expires", "ENABLED")


def test_orphans_find_a_connection_the_stacks_by_its_name_alone(there: Stage) -> None:
    events = there.client("events")
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X", "ApiKeyValue": "y"}}
    events.create_connection(Name=NAME, AuthorizationType="API_KEY", AuthParameters=key)
    found = orphans().find(KINDS["aws:cloudwatch/eventConnection:EventConnection"], NAME)
    events.delete_connection(Name=NAME)
    assert found is not None
    assert found.fate == "adopted"
