"""The input of `bulk verify`: files, table, and how to read the table."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamodb_bulk.aws import NO_REGION, Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.aws.table_keys import refuse_other_keys
from dynamodb_bulk.dataset import FILE, Dataset, open_dataset
from dynamodb_bulk.export.export_chain import chain_of
from dynamodb_bulk.export.location import place_of
from dynamodb_bulk.export.manifest import open_export
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.start import existing_table, make_export
from dynamodb_bulk.loads.fixed_rows import fixed_dataset, fixed_name
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.registry import load_status, loader_of
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import TableKeys
from dynamodb_bulk.verify.item_source import ExportItems, FileItems, Held, TableItems
from dynamodb_bulk.verify.run import ExpectedLoad


@dataclass(frozen=True, kw_only=True)
class Verified:
    """The loads of one table, the table, and the bucket that an export of it may go to."""

    name: str
    table: str
    loads: tuple[ExpectedLoad, ...]
    bucket: str | None = None

    @property
    def keys(self) -> TableKeys:
        """The table's key."""
        return self.loads[0].dataset.keys

    @property
    def existing(self) -> bool:
        """Whether the table existed before the load, so that it may hold more than the files."""
        return any(load.dataset.table.existing for load in self.loads)


def of_load(load: DescribedLoad, loads: Sequence[DescribedLoad], aws: Aws) -> Verified:
    """A load of a stack, with all others into its table."""
    same = [one for one in loads if one.table == load.table]
    expected: list[ExpectedLoad] = []
    for one in same:
        dataset = open_dataset(one.dataset)
        refused = load_status(one, aws).condition_failed
        changes = loader_of(one).change_files(one, aws)
        expected.append(ExpectedLoad(name=one.name, dataset=dataset, refused=refused, changes=changes))
        expected += fixed_rows_of(one.name, dataset, one.records_bucket, aws)
    return Verified(name=load.name, table=load.table, loads=tuple(expected), bucket=load.records_bucket)


def fixed_rows_of(load: str, dataset: Dataset, bucket: str, aws: Aws) -> Iterator[ExpectedLoad]:
    """Yield the fixed rows of the last run of a load, if there are any, as a load of their own."""
    record = RunRecord.read(bucket, load, aws)
    if record and record.unfixed:
        put = RunRecord.read(bucket, fixed_name(load), aws)
        yield ExpectedLoad(
            name=f"{load}, fixed rows",
            dataset=fixed_dataset(dataset, load, record, bucket),
            refused=put.outcome.condition_failed if put and put.outcome else None,
        )


def of_datasets(paths: Sequence[Path], table: str) -> Verified:
    """Datasets against a table; raise InputError if their keys are not the same."""
    datasets = [open_dataset(path / FILE if path.is_dir() else path) for path in paths]
    for dataset in datasets[1:]:
        if dataset.keys != datasets[0].keys:
            where = f"{dataset.path}: table"
            raise InputError(where, f"different keys from {datasets[0].path}", "they cannot share a table")
    loads = tuple(ExpectedLoad(name=dataset.name, dataset=dataset) for dataset in datasets)
    return Verified(name=datasets[0].name, table=table, loads=loads)


def held_by(by: str, verified: Verified, aws: Aws | None, pace: Pace, report: Report) -> Held:
    """Return the items to compare with: a `scan`, a new `export`, an existing one, or a dataset's files."""
    if by in ("scan", "export"):
        if aws is None:
            raise NO_REGION
        table = existing_table(verified.table, aws)
        refuse_other_keys(table, verified.keys, f"table {verified.table}")
    if by == "scan" and aws:
        return TableItems(verified.table, verified.keys, aws, pace)
    if by == "export" and aws:
        if verified.bucket is None:
            raise InputError(
                "--by export", "no stack, so no bucket", "make it with bulk export, then --by its place"
            )
        order = ExportOrder(
            table=verified.table, bucket=verified.bucket, prefix=f"exports/{verified.name}/verify/"
        )
        made = make_export(order, aws, report, token=secrets.token_hex(16))
        chain = chain_of([open_export(place_of(made.url, aws))])
        return ExportItems(chain, verified.keys, verified.table, aws)
    path = Path(by)
    described = path / FILE if path.is_dir() else path
    if not by.startswith("s3://") and described.is_file():
        return FileItems(_with_keys(open_dataset(described), verified), aws)
    chain = chain_of([open_export(place_of(by, aws))])
    return ExportItems(chain, verified.keys, None, None)


def _with_keys(dataset: Dataset, verified: Verified) -> Dataset:
    if dataset.keys != verified.keys:
        raise InputError(f"{dataset.path}: table", "different keys from the load", "they cannot be compared")
    return dataset
