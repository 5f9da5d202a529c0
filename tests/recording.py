"""A Pulumi engine of mocks that keeps every registration, so that tests can ask what a program declared."""

import asyncio
import json
import runpy
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pulumi.runtime
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorStub
from pulumi.runtime.stack import run_pulumi_func

from components.stack import Stack
from dynamodb_bulk.aws import Aws

ROOT = Path(__file__).parent.parent

BUCKET = "aws:s3/bucket:Bucket"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
TABLE = "aws:dynamodb/table:Table"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
SUBNET_GROUP = "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup"
INSTANCE = "aws:dms/replicationInstance:ReplicationInstance"
S3_ENDPOINT = "aws:dms/s3Endpoint:S3Endpoint"
ENDPOINT = "aws:dms/endpoint:Endpoint"
TASK = "aws:dms/replicationTask:ReplicationTask"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
GATEWAY = "aws:ec2/vpcEndpoint:VpcEndpoint"
VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
PARAMETER = "aws:ssm/parameter:Parameter"
STEP = "bulk:steps:Step"
REMOVAL = "pulumi-python:dynamic/bulk:Removal"

ACCOUNT = "123456789012"

# The SDK ties its root resource to the loop that saw it first, so all runs share one.
_LOOP = asyncio.new_event_loop()


def stack(**changes: Any) -> Stack:
    """The stack that components' tests start from."""
    given: dict[str, Any] = {
        "project": "shop",
        "stack": "test",
        "account": ACCOUNT,
        "region": "eu-west-1",
        "partition": "aws",
        "production": False,
        "tags": {"team": "data"},
        "client": Aws(region="eu-west-1"),
    }
    return Stack(**(given | changes))


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One resource as the program registered it."""

    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any]
    depends_on: frozenset[str]
    protect: bool
    retained: bool
    imported_as: str
    ignored: frozenset[str]
    hooks: Mapping[str, list[str]]


@dataclass
class Engine(Mocks):
    """A provider of an account with a default VPC.

    `in_state`: resources of the stack's state, by their URNs, as the engine tells of them.
    """

    account: str = ACCOUNT
    region: str = "eu-west-1"
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    in_state: Mapping[str, Any] = field(default_factory=dict[str, Any])
    declared: list[Declared] = field(default_factory=list[Declared])
    read: list[str] = field(default_factory=list[str])

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        answer = _ANSWERS.get(args.token)
        if answer is None:
            raise AssertionError(f"the program looked up {args.token}")
        return answer(self, args.args), []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = dict(args.inputs)
        name = str(outputs.get("bucket") or outputs.get("name") or args.name)
        outputs.setdefault("arn", f"arn:aws:made:eu-west-1:{ACCOUNT}:{name}")
        for arn in ("replicationInstanceArn", "endpointArn", "replicationTaskArn"):
            outputs.setdefault(arn, f"arn:aws:dms:eu-west-1:{ACCOUNT}:{args.name}")
        return f"{args.name}-id", outputs

    def of_type(self, token: str) -> list[Declared]:
        """Every declared resource of the type."""
        return [resource for resource in self.declared if resource.type == token]

    def one(self, token: str, name: str | None = None) -> Declared:
        """The one resource of the type (and name)."""
        (found,) = [resource for resource in self.of_type(token) if name in (None, resource.name)]
        return found


class _NotFound(grpc.RpcError):
    """What the engine answers where the provider finds nothing."""

    def __init__(self, what: str) -> None:
        self.what = what

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return f"invocation of getTable returned an error: reading {self.what}: couldn't find resource"


def _table(engine: Engine, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if wanted["name"] not in engine.tables:
        raise _NotFound(f"AWS DynamoDB Table ({wanted['name']})")
    return {"id": wanted["name"], **engine.tables[wanted["name"]]}


_ANSWERS: dict[str, Callable[[Engine, Mapping[str, Any]], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda engine, _: {
        "accountId": engine.account,
        "id": engine.account,
    },
    "aws:index/getRegion:getRegion": lambda engine, _: {"region": engine.region, "id": engine.region},
    "aws:index/getPartition:getPartition": lambda *_: {"partition": "aws", "id": "aws"},
    "aws:dynamodb/getTable:getTable": _table,
    "pulumi:pulumi:readStackResourceOutputs": lambda engine, _: {"outputs": engine.in_state},
}


_Stub: Any = ResourceMonitorStub  # its type is what lets the SDK register hooks


class _Monitor(MockMonitor, _Stub):
    def __init__(self, engine: Engine) -> None:
        MockMonitor.__init__(self, engine)
        self.engine = engine

    def RegisterResourceHook(self, request: Any) -> Any:  # noqa: N802 - the monitor's name for it
        return empty_pb2.Empty()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the monitor's name for it
        answer = super().RegisterResource(request)
        if request.type == "pulumi:pulumi:Stack":  # the SDK registers it once for all runs of a process
            return answer
        self.engine.declared.append(
            Declared(
                type=request.type,
                name=request.name,
                urn=answer.urn,
                inputs=pulumi.runtime.rpc.deserialize_properties(request.object),
                depends_on=frozenset(request.dependencies),
                protect=request.protect,
                retained=request.retainOnDelete,
                imported_as=request.importId,
                ignored=frozenset(request.ignoreChanges),
                hooks={
                    when: list(getattr(request.hooks, when))
                    for when in (
                        "before_create",
                        "before_update",
                        "after_create",
                        "before_delete",
                        "after_delete",
                    )
                },
            )
        )
        return answer

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - the monitor's name for it
        self.engine.read.append(request.id)
        return super().ReadResource(request)


@contextmanager
def _runtime(engine: Engine, config: Mapping[str, str], *, preview: bool) -> Generator[None]:
    asyncio.set_event_loop(_LOOP)  # what a test runs by asyncio.run leaves the thread without one
    pulumi.runtime.set_mocks(engine, "shop", "test", preview=preview, monitor=_Monitor(engine))
    pulumi.runtime.set_all_config(dict(config))
    try:
        yield
    finally:
        if root := pulumi.runtime.get_root_resource():
            vars(root)["_transformations"] = []  # all runs share it, see above


def declare(program: Callable[[], Any], engine: Engine | None = None, *, preview: bool = False) -> Engine:
    """Run a function that declares resources; the engine that recorded them."""
    used = engine or Engine()
    with _runtime(used, {}, preview=preview):
        _LOOP.run_until_complete(run_pulumi_func(program))
    return used


def run_main(config: Mapping[str, Any], engine: Engine | None = None, *, preview: bool = False) -> Engine:
    """Run the entire program with a stack's configuration."""
    used = engine or Engine()
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    with _runtime(used, texts, preview=preview):
        _LOOP.run_until_complete(run_pulumi_func(lambda: _run(ROOT / "__main__.py")))
    return used


def stack_config(stack: str) -> dict[str, Any]:
    """The configuration of a stack in tests/stacks."""
    return yaml.safe_load((ROOT / "tests" / "stacks" / f"{stack}.yaml").read_text())


def _run(program: Path) -> None:
    """Run the program; a mistake that it reports before it ends is raised as it was found."""
    try:
        runpy.run_path(str(program), run_name="__main__")
    except SystemExit as end:
        raise end.__cause__ or end from None
