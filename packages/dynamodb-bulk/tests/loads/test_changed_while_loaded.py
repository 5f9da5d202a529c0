"""Objects in S3 that are added, replaced or deleted while AWS reads them: never good, whatever AWS counts."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.bulk_put.loader import BULK_PUT
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.load import DescribedLoad, StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.native.loader import NATIVE
from dynamodb_bulk.loads.registry import load_status, loader_of
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.source_check import Place, SourceCheck
from dynamodb_bulk.loads.source_digest import source_contents
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.verify.step import VerifiedLoad, VerifyStep, run_verification
from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

PREFIX = "import/orders/"
CSV = """\
name: orders
source: {source}
columns:
  - {name: id, type: STRING, length: 20, primary_key: true, nullable: false}
  - {name: total, type: NUMERIC, precision: 10, scale: 2}
  - {name: note, type: STRING, length: 100}
table: {partition_key: {name: id}}
"""
JSON = "name: orders\nsource: {source}\ntable: {partition_key: {name: id}}\n"
ROWS = "a,1.5,x\nb,2,\n"
ITEMS = "".join(json.dumps({"Item": {"id": {"S": key}}}) + "\n" for key in "ab")
Do = Callable[[], object]


@dataclass
class Arranged:
    """A load by one method, of a file that is uploaded or was in S3 before."""

    stage: Stage
    aws: Aws
    load: DescribedLoad
    check: Callable[[], SourceCheck]
    file: Path
    key: str
    said: list[str] = field(default_factory=list[str])

    def run(self, meanwhile: Do = lambda: None, *, when: str = "", wait: bool = True) -> str:
        """Run the load, and do something once, as soon as the progress says `when`."""
        waiting = [meanwhile]

        def report(text: str) -> None:
            self.said.append(text)
            if waiting and any(text.startswith(start) for start in ((when,) if when else UNDER_WAY)):
                waiting.pop()()

        load, check = self.load, self.check()
        if isinstance(load, NativeLoad):
            return NATIVE.start(load, "one", self.aws, report, check=check)
        if isinstance(load, BulkPutLoad):
            return BULK_PUT.start(load, "one", self.aws, report, check=check, wait=wait)
        assert isinstance(load, TaskLoad)
        return DMS.start(load, "one", self.aws, report, check=check, wait=wait)

    def outcome(self) -> Outcome:
        record = RunRecord.read(self.load.records_bucket, "orders", self.aws)
        assert record is not None
        assert record.outcome is not None
        return record.outcome

    def put(self, key: str, text: str) -> None:
        self.stage.s3.put_object(Bucket=self.stage.bucket, Key=key, Body=text.encode())


UNDER_WAY = ("importing ", "bulk put", "loading ", "task ")


def arrange(stage: Stage, folder: Path, method: str, *, in_place: bool) -> Arranged:
    aws = Aws(region=stage.region)
    stage.make_bucket()
    dms = method == "dms"
    text, content, name = (CSV, ROWS, "LOAD001.csv") if dms else (JSON, ITEMS, "00001-a.json")
    file, key = folder / f"a{Path(name).suffix}", PREFIX + name
    file.write_text(content)
    stage.s3.put_object(Bucket=stage.bucket, Key=key, Body=content.encode())
    kind = "" if dms else "format: dynamodb_json, "
    where = f"location: 's3://{stage.bucket}/{PREFIX}'" if in_place else f"files: ['{file.name}']"
    dataset = folder / "dataset.yaml"
    dataset.write_text(text.replace("{source}", f"{{{kind}{where}}}"))
    place = Place(bucket=stage.bucket, prefix=PREFIX, keys=() if in_place else (key,), cleared=dms)
    common = {"name": "orders", "dataset": dataset, "records_bucket": stage.bucket}
    files = StagedFiles(bucket=stage.bucket, prefix=PREFIX)
    if method == "native":
        load: DescribedLoad = NativeLoad(**common, table=stage.named("orders"), files=files)  # pyright: ignore[reportArgumentType]
    elif method == "bulk_put":
        load = BulkPutLoad(**common, table=stage.table(), files=files, reports_prefix="reports/")  # pyright: ignore[reportArgumentType]
    else:
        table = stage.table()
        source, target, instance = stage.source(), stage.target(), stage.instance()
        load = TaskLoad(
            **common,  # pyright: ignore[reportArgumentType]
            table=table,
            task_arn=stage.task(object_mapping(table), source=source, target=target, instance=instance),
            instance_arn=instance,
            source_endpoint_arn=source,
            target_endpoint_arn=target,
            log_group="dms-tasks",
            prefix=PREFIX,
            objects=() if in_place else (key,),
        )

    def check() -> SourceCheck:
        return SourceCheck(source_contents(open_dataset(dataset), aws), aws, place)

    return Arranged(stage=stage, aws=aws, load=load, check=check, file=file, key=key)


@pytest.fixture(params=["native", "bulk_put", "dms"])
def method(request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    return request.param


@pytest.mark.parametrize("in_place", [True, False], ids=["in place", "uploaded"])
def test_load_is_not_good_when_an_object_is_added_while_aws_reads(
    stage: Stage, tmp_path: Path, method: str, in_place: bool
) -> None:
    arranged = arrange(stage, tmp_path, method, in_place=in_place)
    with pytest.raises(LoadFailed, match=f"s3://{stage.bucket}/{PREFIX}.* after the load began"):
        arranged.run(lambda: arranged.put(f"{PREFIX}zz", ""))
    outcome = arranged.outcome()
    assert (outcome.good, outcome.permanent) == (False, False)
    assert load_status(arranged.load, arranged.aws).good is not True
    stage.s3.delete_object(Bucket=stage.bucket, Key=f"{PREFIX}zz")
    assert "2 " in arranged.run()
    assert arranged.outcome().good


def test_load_is_not_good_when_the_object_is_other_content_at_the_end(
    stage: Stage, tmp_path: Path, method: str
) -> None:
    arranged = arrange(stage, tmp_path, method, in_place=True)
    other = {"dms": ROWS.replace("1.5", "9.5")}.get(method, ITEMS.replace('"a"', '"c"'))
    with pytest.raises(LoadFailed, match="after the load began"):
        arranged.run(lambda: arranged.put(arranged.key, other))


def test_load_repairs_s3_and_is_good_when_the_object_is_not_the_file(
    stage: Stage, tmp_path: Path, method: str
) -> None:
    arranged = arrange(stage, tmp_path, method, in_place=False)
    content = arranged.file.read_text()
    arranged.put(arranged.key, "other")
    arranged.run()
    assert stage.s3.get_object(Bucket=stage.bucket, Key=arranged.key)["Body"].read().decode() == content
    assert set(stage.items(arranged.load.table)) == {"a", "b"}
    assert arranged.outcome().good
    assert any("uploaded again" in text for text in arranged.said)


def test_load_starts_nothing_when_the_file_is_replaced_and_put_back_while_it_is_counted(
    stage: Stage, tmp_path: Path, method: str
) -> None:
    arranged = arrange(stage, tmp_path, method, in_place=False)
    content = arranged.file.read_text()

    def swap() -> None:
        arranged.file.write_text(content[:-5])
        arranged.file.write_text(content)

    with pytest.raises(LoadFailed, match=r"changed while `pulumi up` ran; run it again"):
        arranged.run(swap, when="counting the rows of the files")
    assert RunRecord.read(stage.bucket, "orders", arranged.aws) is None


def test_import_starts_nothing_when_the_header_line_has_other_names(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    arranged = arrange(stage, tmp_path, "native", in_place=False)
    columns = "columns: [{name: id, type: STRING, length: 9}, {name: note, type: STRING, length: 9}]\n"
    source = f"{{files: [{arranged.file.name}], header: true}}"
    arranged.load.dataset.write_text(JSON.replace("{source}", source) + columns)
    arranged.file.write_text("key,note\na,x\n")
    with pytest.raises(
        LoadFailed, match=r"the header line of .* has other names than the columns; set `convert_to"
    ):
        arranged.run()
    assert arranged.load.table not in stage.dynamodb.list_tables()["TableNames"]


def test_watch_is_not_good_when_an_object_was_added_to_a_load_without_wait(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    arranged = arrange(stage, tmp_path, "bulk_put", in_place=False)
    arranged.run(wait=False)
    arranged.put(f"{PREFIX}zz", "")
    with pytest.raises(LoadFailed, match="after the load began"):
        loader_of(arranged.load).resume(arranged.load, arranged.aws, lambda _: None)


def test_watch_of_dms_is_not_good_when_an_object_was_added_to_a_load_without_wait(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    arranged = arrange(stage, tmp_path, "dms", in_place=False)
    assert isinstance(arranged.load, TaskLoad)
    task = arranged.load.task_arn
    arranged.run(wait=False)
    stage.until(lambda: stage.task_fields(task)["Status"] == "stopped")
    assert "not judged yet" in load_status(arranged.load, arranged.aws).verdict
    arranged.put(f"{PREFIX}zz", "")
    with pytest.raises(LoadFailed, match="after the load began"):
        loader_of(arranged.load).resume(arranged.load, arranged.aws, lambda _: None)
    assert load_status(arranged.load, arranged.aws).good is False


def test_verification_fails_in_one_line_when_a_file_changed_since_the_digest(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    arranged = arrange(stage, tmp_path, "bulk_put", in_place=False)
    arranged.run()
    load = VerifiedLoad(name="orders", dataset=arranged.load.dataset)
    step = VerifyStep(name="orders", table=arranged.load.table, loads=(load,), records_bucket=stage.bucket)
    contents = source_contents(open_dataset(load.dataset), arranged.aws)
    checks = {"orders": SourceCheck(contents, arranged.aws)}
    assert run_verification(step, arranged.aws, lambda _: None, checks)
    arranged.file.write_text(ITEMS.replace('"a"', '"c"'))
    with pytest.raises(LoadFailed, match=r"a\.json changed while `pulumi up` ran; run it again"):
        run_verification(step, arranged.aws, lambda _: None, checks)
