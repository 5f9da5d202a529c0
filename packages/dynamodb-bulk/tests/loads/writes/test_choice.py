"""`auto` by what a sample of the files says and what the table can take."""

import pytest

from bulk_testing.writes_stage import WritesStage
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.selection import fitting_method


def choice(writes: WritesStage, table: str = "", options: frozenset[str] = frozenset()) -> str | None:
    file = writes.folder / "dataset.yaml"
    if table:
        file.write_text(file.read_text().replace("table: {", f"table: {{existing: true, name: {table}, "))
    return fitting_method(open_dataset(file), writes.aws, options=options).method


def test_choice_is_writes_for_few_rows_into_a_new_table(writes: WritesStage) -> None:
    writes.count(2_000)
    assert choice(writes) == "writes"
    assert choice(writes, options=frozenset({"convert_to"})) == "native"


def test_choice_is_an_import_for_rows_that_cost_more_than_a_little(writes: WritesStage) -> None:
    writes.count(170_000)
    assert choice(writes) == "native"


@pytest.mark.parametrize(("units", "method"), [(1, "bulk_put"), (100, "writes")])
def test_choice_follows_the_capacity_of_a_table_that_exists(
    writes: WritesStage, units: int, method: str
) -> None:
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": units}
    name = writes.stage.named("provisioned")
    writes.stage.table(name, BillingMode="PROVISIONED", ProvisionedThroughput=throughput)
    writes.count(2_000)
    assert choice(writes, name) == method


def test_choice_does_without_an_estimate_when_the_files_cannot_be_read(writes: WritesStage) -> None:
    writes.count(10)
    (writes.folder / "a.csv").write_bytes(b"\x28\xb5\x2f\xfd broken")
    file = writes.folder / "dataset.yaml"
    file.write_text(file.read_text().replace("header: true", "header: true, compression: zstd"))
    assert choice(writes) == "native"
