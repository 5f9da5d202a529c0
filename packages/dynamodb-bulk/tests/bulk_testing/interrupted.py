"""A load, each AWS call of which can fail once, in each way.

The calls are those that a clean run makes, so a call that is added later is walked as well.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from bulk_testing.arranged import DATASET
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cleanup.removals import end_operation, forget_load, remove_converted
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.loads.load import DescribedLoad, StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.registry import loader_of
from dynamodb_bulk.loads.run_record import RunRecord, reports_prefix
from dynamodb_bulk.loads.source_check import Place, SourceCheck
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from dynamodb_bulk.loads.staging import Conversion, stage_converted
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

# The process ends before or after AWS did it; AWS says no; or the connection breaks, once.
Fault = Literal["killed before", "killed after", "refused", "reset before", "reset after", "cut answer"]
Method = Literal["native", "bulk_put", "dms", "writes"]
PREFIX = "import/orders/"
READS = ("Describe", "List", "Get", "Head")
DENIED = {
    "json": (400, b'{"__type":"AccessDeniedException","message":"not authorized"}'),
    "rest-xml": (403, b"<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>"),
}


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@dataclass(frozen=True)
class Point:
    """The Nth call of one operation."""

    operation: str
    number: int

    @property
    def reads(self) -> bool:
        """Whether it leaves AWS as it is: then it is the same whether the call arrived or not."""
        return self.operation.startswith(READS)


@dataclass
class Wire:
    """Counts the calls by operation, and fails one of them."""

    failing: Point | None = None
    fault: Fault = "refused"
    seen: dict[str, int] = field(default_factory=dict[str, int])
    hit: bool = False
    clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def begin(self, failing: Point | None, fault: Fault) -> None:
        """Count from one again, and fail another call."""
        self.failing, self.fault, self.seen, self.hit = failing, fault, {}, False

    def attach(self, client: Any) -> None:
        """Watch a client's calls, each attempt of which is one."""
        protocol = client.meta.service_model.metadata["protocol"]

        def is_it(operation: str) -> bool:
            self.seen[operation] = number = self.seen.get(operation, 0) + 1
            return self.failing == Point(operation, number)

        def before(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
            if not is_it(event_name.rpartition(".")[2]):
                return None
            self.hit = True
            return self._fail(request, protocol)

        def after(event_name: str, **_: Any) -> None:
            operation = event_name.rpartition(".")[2]
            if self.fault == "killed after" and self.failing == Point(operation, self.seen.get(operation, 0)):
                raise Killed

        client.meta.events.register_first("before-send", before)
        client.meta.events.register_first("response-received", after)

    def _fail(self, request: Any, protocol: str) -> AWSResponse | None:
        match self.fault:
            case "killed before":
                raise Killed
            case "reset before":
                raise ConnectionClosedError(endpoint_url=request.url)
            case "reset after":
                URLLib3Session().send(request)
                raise ConnectionClosedError(endpoint_url=request.url)
            case "cut answer":
                answer = URLLib3Session().send(request)
                return _answer(request, answer.status_code, answer.headers, answer.content[:-3])
            case "refused":
                status, body = DENIED[protocol]
                return _answer(request, status, HTTPHeaders(), body)
            case "killed after":
                return None


def _answer(request: Any, status: int, headers: Any, body: bytes) -> AWSResponse:
    return AWSResponse(request.url, status, headers, _Raw(body))


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@dataclass(frozen=True, kw_only=True)
class WiredAws(Aws):
    """AWS behind a wire, whose clients it uses again: to make them takes longer than most calls."""

    wire: Wire

    def client(self, service: str, **_: Any) -> Any:
        if service not in self.wire.clients:
            self.wire.clients[service] = super().client(service)
            self.wire.attach(self.wire.clients[service])
        return self.wire.clients[service]


class Walk:
    """One load whose data changes from generation to generation."""

    def __init__(self, method: Method, stage: Stage, folder: Path) -> None:
        self.method: Method = method
        self.stage, self.folder = stage, folder
        self.aws = Aws(region=stage.region)
        self.wire = Wire()
        self.generation = 0
        folder.mkdir(exist_ok=True)
        (folder / "dataset.yaml").write_text(DATASET)
        stage.make_bucket()
        self.table = stage.table() if method != "native" else stage.named("orders")
        self.load = self._dms() if method == "dms" else None
        self.name = "orders"

    def renew(self) -> None:
        """Give an import the new table that it needs."""
        if self.method == "native":
            self.name = f"orders{self.generation}"
            self.table = self.stage.named(self.name)

    def change(self) -> None:
        """The next generation of the data: the same keys and one more, with other values."""
        self.generation += 1
        text = "".join(f"{key},{self.generation},new\n" for key in ("a", "b", f"k{self.generation}"))
        (self.folder / "rows.csv").write_text(text)
        if self.method == "dms":
            self.stage.files(LOAD001=text)

    def expected(self) -> dict[str, str]:
        """The items of this generation: their totals by their keys."""
        return {key: str(self.generation) for key in ("a", "b", f"k{self.generation}")}

    def held(self) -> dict[str, str]:
        """Those that the table holds of them, when nothing writes any more."""
        self.stage.until(lambda: not self._at_work())
        items: dict[str, Any] = self.stage.items(self.table)
        return {key: items[key]["total"]["N"] for key in self.expected() if key in items}

    def up(self, failing: Point | None = None, fault: Fault = "refused") -> str:
        """What the steps of `pulumi up` do for the load, one of whose calls may fail."""
        self.wire.begin(failing, fault)
        aws = WiredAws(region=self.stage.region, wire=self.wire)
        contents = source_contents(open_dataset(self.folder / "dataset.yaml"), self.aws)
        digest, bucket = data_digest(contents), self.stage.bucket
        if isinstance(self.load, TaskLoad):
            check = SourceCheck(contents, aws, self._task_place())
            return DMS.start(self.load, digest, aws, _silent, check=check)
        described = self.staged()
        conversion = self._conversion(described.files)
        stage_converted(conversion, SourceCheck(contents, aws), aws, _silent)
        check = SourceCheck(contents, aws, Place(bucket=bucket, prefix=described.files.prefix))
        loader = loader_of(described)
        return loader.start(described, digest, aws, _silent, check=check)

    def described(self) -> DescribedLoad:
        """The load, as its stack describes it."""
        if self.method == "writes":
            return WritesLoad(
                name=self.name,
                dataset=self.folder / "dataset.yaml",
                table=self.table,
                records_bucket=self.stage.bucket,
            )
        return self.load or self.staged()

    def staged(self) -> NativeLoad | BulkPutLoad:
        """The load of an import or a bulk put."""
        prefix = f"converted/{self.name}/{self.generation}/"
        common: dict[str, Any] = {
            "name": self.name,
            "dataset": self.folder / "dataset.yaml",
            "table": self.table,
            "records_bucket": self.stage.bucket,
            "files": StagedFiles(bucket=self.stage.bucket, prefix=prefix, converted=True),
        }
        if self.method == "native":
            return NativeLoad(**common)
        return BulkPutLoad(**common, reports_prefix=f"reports/{self.name}/")

    def declared(self) -> dict[str, Any]:
        """Its run, as its stack declares it."""
        data = data_digest(source_contents(open_dataset(self.folder / "dataset.yaml"), self.aws))
        run: dict[str, Any] = {"digest": data, "data": data}
        if self.method == "writes":
            return run
        if self.load:
            return {**run, "place": asdict(self._task_place())}
        files = self.staged().files
        return {
            **run,
            "place": {"bucket": files.bucket, "prefix": files.prefix},
            "conversion": self._conversion(files).model_dump(mode="json"),
        }

    def destroyed(self) -> list[str]:
        """Do what `pulumi destroy` does for the load, and return the keys that are left in the bucket."""
        bucket = self.stage.bucket
        end_operation(self.aws, bucket=bucket, load=self.name, method=self.method)
        remove_converted(self.aws, bucket=bucket, prefix="converted/")
        forget_load(
            self.aws,
            bucket=bucket,
            load=self.name,
            method=self.method,
            reports_prefix=reports_prefix(self.name),
            keep_tables=False,
        )
        return [each.key for each in listed_objects(bucket, "", self.aws)]

    def _task_place(self) -> Place:
        return Place(bucket=self.stage.bucket, prefix=PREFIX, keys=(f"{PREFIX}LOAD001.csv",), cleared=True)

    def _conversion(self, files: StagedFiles) -> Conversion:
        return Conversion(name=self.name, dataset=self.folder / "dataset.yaml", files=files)

    def failure(self) -> str:
        """What a further `up` says when it fails; empty when it does not."""
        try:
            self.up()
        except LoadFailed as failed:
            return str(failed)
        return ""

    def outcome(self) -> Any:
        """What the record says of the last run."""
        record = RunRecord.read(self.stage.bucket, self.name, self.aws)
        return record and record.outcome

    def _at_work(self) -> bool:
        dynamodb = self.stage.dynamodb
        puts = dynamodb.list_bulk_operations()["BulkOperationsSummaryList"]
        imports = dynamodb.list_imports()["ImportSummaryList"]
        return any(put["BulkOperationStatus"] == "IN_PROGRESS" for put in puts) or any(
            one["ImportStatus"] == "IN_PROGRESS" for one in imports
        )

    def _dms(self) -> TaskLoad:
        stage = self.stage
        source, target, instance = stage.source(), stage.target(), stage.ready_instance()
        task = stage.task(object_mapping(self.table), source=source, target=target, instance=instance)
        return TaskLoad(
            name="orders",
            dataset=self.folder / "dataset.yaml",
            table=self.table,
            task_arn=task,
            instance_arn=instance,
            source_endpoint_arn=source,
            target_endpoint_arn=target,
            log_group="dms-tasks-shared",
            prefix=PREFIX,
            objects=(f"{PREFIX}LOAD001.csv",),
            records_bucket=stage.bucket,
        )


def _silent(_: str) -> None:
    pass


def points(walk: Walk) -> list[Point]:
    """The first call of each operation of a clean run, and the last of those that write."""
    walk.change()
    walk.renew()
    walk.up()
    walk.change()
    walk.renew()
    walk.up()
    seen = walk.wire.seen
    assert walk.held() == walk.expected()
    return [
        Point(operation, number)
        for operation, count in seen.items()
        for number in ({1} if operation.startswith(READS) else {1, count})
    ]
