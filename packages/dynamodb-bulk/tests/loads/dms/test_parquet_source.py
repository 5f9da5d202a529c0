"""Parquet files that DMS wrote, loaded by DMS: the source endpoint has to be told its format."""

from pathlib import Path

import polars as pl
import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.dms.instances import require_parquet
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.requests.source_endpoint import source_endpoint
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from local_aws.testing.stage import Stage

ROWS = pl.DataFrame({"id": ["a", "b"], "n": [1, None]}, schema={"id": pl.String, "n": pl.Int32})
DMS_SECTION = "dms: {migration_type: full-load}\n"


def dataset(folder: Path, more: str = DMS_SECTION, source: str = "files: [rows.parquet]") -> Dataset:
    ROWS.write_parquet(folder / "rows.parquet")
    (folder / "dataset.yaml").write_text(
        f"name: orders\nsource: {{format: parquet, {source}}}\n"
        "columns: [{name: id, type: STRING, length: 20}, {name: n, type: INT4, nullable: true}]\n"
        f"table: {{partition_key: {{name: id}}}}\n{more}"
    )
    return open_dataset(folder / "dataset.yaml")


@pytest.fixture
def load(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TaskLoad:
    """A load of a task whose endpoint reads CSV, as the provider leaves it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    orders, table = dataset(tmp_path), stage.table()
    stage.make_bucket()
    for name in ("LOAD00000001.parquet", "notes.parquet"):
        key = f"import/orders/{name}"
        stage.s3.put_object(Bucket=stage.bucket, Key=key, Body=(tmp_path / "rows.parquet").read_bytes())
    source = stage.source(ExternalTableDefinition=orders.external_table_definition())
    target, instance = stage.target(), stage.instance()
    mappings = orders.table_mappings(table)
    task = stage.task(source=source, target=target, instance=instance, TableMappings=mappings)
    return TaskLoad(
        name="orders",
        dataset=orders.path,
        table=table,
        task_arn=task,
        instance_arn=instance,
        source_endpoint_arn=source,
        target_endpoint_arn=target,
        log_group=f"dms-tasks-{stage.named('instance')}",
        records_bucket=stage.bucket,
        data_format="parquet",
    )


def format_of(load: TaskLoad, stage: Stage) -> str | None:
    filters = [{"Name": "endpoint-arn", "Values": [load.source_endpoint_arn]}]
    (endpoint,) = stage.dms.describe_endpoints(Filters=filters)["Endpoints"]
    return endpoint["S3Settings"].get("DataFormat")


def test_load_of_parquet_sets_the_format_of_its_endpoint_and_loads_the_files_of_dms(
    load: TaskLoad, stage: Stage
) -> None:
    assert format_of(load, stage) is None
    said = DMS.start(load, "one", Aws(region=stage.region), lambda _: None)
    assert said.startswith("2 rows loaded in ")
    assert stage.items(load.table) == {
        "a": {"id": {"S": "a"}, "n": {"N": "1"}},
        "b": {"id": {"S": "b"}},
    }
    assert format_of(load, stage) == "parquet"


def test_load_of_parquet_is_not_good_when_its_endpoint_reads_csv(load: TaskLoad, stage: Stage) -> None:
    untold = load.model_copy(update={"data_format": ""})
    with pytest.raises(LoadFailed):
        DMS.start(untold, "one", Aws(region=stage.region), lambda _: None)
    assert stage.items(load.table) == {}


def test_endpoint_of_parquet_has_its_format_and_no_settings_of_csv(tmp_path: Path) -> None:
    settings = source_endpoint(dataset(tmp_path), "orders").as_api("files")
    assert settings.pop("ExternalTableDefinition")
    assert settings == {"BucketName": "files", "BucketFolder": "orders", "DataFormat": "parquet"}


@pytest.mark.parametrize(
    ("more", "where", "words"),
    [
        ("", "source.format", "a `dms` section"),
        ("dms: {migration_type: full-load-and-cdc, cdc_path: c/}\n", "dms.migration_type", "from CSV alone"),
    ],
)
def test_parquet_is_not_for_dms_when_dms_did_not_write_it_or_it_holds_changes(
    tmp_path: Path, more: str, where: str, words: str
) -> None:
    source = "location: s3://lake/import/orders/" if "cdc" in more else "files: [rows.parquet]"
    (obstacle,) = dataset(tmp_path, more, source).dms_obstacles
    assert obstacle.where.endswith(f": {where}")
    assert words in obstacle.what


def test_parquet_for_dms_has_no_columns_of_nested_fields(tmp_path: Path) -> None:
    dataset(tmp_path)
    path = tmp_path / "dataset.yaml"
    path.write_text(path.read_text().replace("type: INT4", "type: INT4, path: a.n"))
    with pytest.raises(InputError, match="not with a `dms` section"):
        open_dataset(path)


def test_digest_of_parquet_that_is_not_for_dms_is_not_that_of_the_same_files_for_dms(tmp_path: Path) -> None:
    # Loads that exist keep the digest that they have.
    assert dataset(tmp_path, "").described()["attributes"] == {}
    assert dataset(tmp_path).described()["attributes"] is None


@pytest.mark.parametrize("name", ["part-0.parquet", "20230405-094615814.parquet"])
def test_file_that_dms_would_leave_out_of_a_location_is_refused(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    stage.make_bucket()
    orders = dataset(tmp_path, source=f"location: s3://{stage.bucket}/import/orders/")
    aws, body = Aws(region=stage.region), (tmp_path / "rows.parquet").read_bytes()
    stage.s3.put_object(Bucket=stage.bucket, Key="import/orders/LOAD0000000A.parquet", Body=body)
    DMS.check_files(orders, aws)
    stage.s3.put_object(Bucket=stage.bucket, Key=f"import/orders/{name}", Body=body)
    with pytest.raises(InputError, match="DMS would leave it out") as error:
        DMS.check_files(orders, aws)
    assert error.value.where.endswith(f"/{name}")


def test_engine_that_reads_no_parquet_is_refused() -> None:
    require_parquet("3.5.3", "bulk:dms")
    require_parquet(None, "bulk:dms")
    with pytest.raises(InputError, match=r"3\.5\.2 does not read Parquet files") as error:
        require_parquet("3.5.2", "bulk:dms")
    assert error.value.where == "bulk:dms.engine_version"
