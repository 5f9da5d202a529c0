"""A method is its `Loader`, its component and a line in two registries: a made-up one shows it."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pulumi
import pytest
from moto import mock_aws

from components.load import LoadComponent
from components.removal import OnDestroy
from components.table import LoadTable, LoadTableArgs
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.cleanup.removals import remove
from dynamodb_bulk.cli.estimate import estimate
from dynamodb_bulk.cli.loads import status
from dynamodb_bulk.cli.operate import stop
from dynamodb_bulk.cli.watch import watch
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.estimate.prices import Prices
from dynamodb_bulk.estimate.size import DatasetSize
from dynamodb_bulk.loads.base import Abilities, Loader, LoadFacts, MethodEstimate
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.spec.errors import InputError
from loads import DECLARATIONS, Surroundings
from plan import PlannedLoad
from tests.recording import REMOVAL, TABLE, run_main, stack_config

DATASET = "examples/orders/dataset.yaml"
BUCKET = "shop-files"
DESCRIBED = {"name": "orders", "dataset": DATASET, "table": "shop-orders", "records_bucket": BUCKET}
ACCOUNT = {"region": "eu-west-1", "profile": None, "local": False}
PRODUCT = ("packages/dynamodb-bulk/src/dynamodb_bulk", "components", "policies")


class CourierLoad(DescribedLoad):
    method: str = "courier"
    letters: int = 0


class CourierLoader(Loader[CourierLoad]):
    name = "courier"
    engine = "the courier"
    load_type = CourierLoad
    abilities = Abilities(options=frozenset({"wait"}), existing_table=True)

    def __init__(self) -> None:
        self.asked: list[str] = []

    def reason(self, facts: LoadFacts) -> str:
        return "nobody else would"

    def warnings(self, dataset: Dataset) -> tuple[str, ...]:
        return (f"the courier knows {dataset.name}",)

    def estimate(
        self,
        dataset: Dataset,
        size: DatasetSize,
        prices: Prices,
        convert_to: Format = "dynamodb_json",
    ) -> MethodEstimate:
        return MethodEstimate(method=self.name, shortest=1, longest=2, usd=None, basis="hearsay")

    def start(
        self,
        load: CourierLoad,
        digest: str,
        aws: Aws,
        report: Report,
        *,
        wait: bool = True,
        check: SourceCheck | None = None,
    ) -> str:
        return "delivered"

    def resume(self, load: CourierLoad, aws: Aws, report: Report) -> str:
        self.asked.append("resume")
        return "delivered"

    def status(self, load: CourierLoad, aws: Aws) -> LoadStatus:
        return LoadStatus(load=load.name, method=self.name, table=load.table, items_written=load.letters)

    def stop(self, load: CourierLoad, aws: Aws, report: Report) -> str:
        self.asked.append("stop")
        return "called back"

    def end(self, aws: Aws, *, bucket: str, load: str) -> None:
        self.asked.append("end")

    def delete_logs(self, record: RunRecord, aws: Aws) -> None:
        self.asked.append("delete logs")

    def delete_table(self, record: RunRecord, aws: Aws) -> None:
        self.asked.append("delete table")


class CourierComponent(LoadComponent):
    def __init__(self, plan: PlannedLoad, around: Surroundings, record: OnDestroy) -> None:
        super().__init__("test:components:Courier", plan.dataset.name)
        self.table = LoadTable(
            plan.dataset.name,
            LoadTableArgs(stack=around.stack, dataset=plan.dataset.name, table=plan.dataset.table),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.ready = [self.table]
        self.register_outputs({})


@pytest.fixture
def courier(monkeypatch: pytest.MonkeyPatch) -> Iterator[CourierLoader]:
    """The method, registered, in an account that holds the stack's bucket and the record of a run."""
    loader = CourierLoader()
    monkeypatch.setitem(LOADERS, loader.name, loader)
    monkeypatch.setitem(DECLARATIONS, loader.name, CourierComponent)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with mock_aws():
        boto3.client("s3", region_name="eu-west-1").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        run = RunRecord(digest="one", rows_in_files=1)
        run.write(BUCKET, "orders", Aws(region="eu-west-1"))
        yield loader


@pytest.fixture
def deployed(courier: CourierLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CourierLoader:
    """A stack whose state has a load by the method."""
    load = {**DESCRIBED, "method": "courier", "letters": 7}
    outputs = {"load": load, "aws": {"region": "eu-west-1", "profile": None}}
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"deployment": {"resources": [{"outputs": outputs}]}}))
    engine = tmp_path / "pulumi"
    engine.write_text(f"#!/bin/sh\ncat {state}\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return courier


def settings(**load: Any) -> dict[str, Any]:
    return stack_config("dev") | {"bulk:loads": [{"dataset": DATASET, "method": "courier", **load}]}


def test_program_declares_a_load_by_a_registered_method(
    courier: CourierLoader, caplog: pytest.LogCaptureFixture
) -> None:
    engine = run_main(settings(wait=False))
    assert "the courier knows orders" in caplog.text
    assert engine.one(TABLE).inputs["name"] == "shop-test-orders"
    assert engine.one(REMOVAL, "orders-record").inputs["also"]["method"] == "courier"


def test_program_keeps_the_table_of_a_registered_method_when_the_window_is_closed(
    courier: CourierLoader,
) -> None:
    engine = run_main(settings() | {"bulk:window": "closed"})
    assert engine.one(TABLE).inputs["name"] == "shop-test-orders"


@pytest.mark.parametrize(
    ("load", "where"),
    [({"tolerate": 1}, "loads[0].tolerate"), ({"method": "currier"}, "loads[0].method")],
)
def test_program_refuses_an_option_that_the_method_does_not_take_and_a_method_that_is_unknown(
    courier: CourierLoader, load: dict[str, Any], where: str
) -> None:
    with pytest.raises(InputError) as caught:
        run_main(settings(**load))
    assert where in caught.value.where
    assert "courier" in str(caught.value)


def test_estimate_has_a_registered_method(courier: CourierLoader, capsys: pytest.CaptureFixture[str]) -> None:
    assert estimate([Path(DATASET)], as_json=True) == 0
    [found] = json.loads(capsys.readouterr().out)["datasets"]
    assert {"method": "courier", "seconds": [1, 2], "usd": None, "basis": "hearsay"} in found["methods"]


def test_commands_ask_the_loader_of_the_method(
    deployed: CourierLoader, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(as_json=True) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["method"], row["items_written"]) == ("courier", 7)
    watch("orders")
    stop("orders")
    assert deployed.asked == ["resume", "stop"]


def test_removals_clean_up_by_the_loader_of_the_method(courier: CourierLoader) -> None:
    load = {"bucket": BUCKET, "load": "orders", "method": "courier"}
    remove("operation", load, ACCOUNT)
    remove("record", {**load, "reports_prefix": "reports/orders/", "keep_tables": False}, ACCOUNT)
    assert courier.asked == ["end", "delete logs", "delete table"]
    assert RunRecord.read(BUCKET, "orders", Aws(region="eu-west-1")) is None


@pytest.mark.parametrize(
    "method", ["native", "bulk_put", "writes"]
)  # "dms" is what AWS calls its service, too
def test_method_is_named_in_its_own_folder_alone(method: str) -> None:
    root = Path(__file__).parent.parent
    files = [file for folder in PRODUCT for file in (root / folder).rglob("*.py")] + list(root.glob("*.py"))
    naming = {
        file.parent.relative_to(root).as_posix()
        for file in files
        if method in (text := file.read_text())
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and node.value == method
    }
    assert naming == {f"{PRODUCT[0]}/loads/{method}"}
