"""ImportTable's arguments for a dataset: the files unchanged if that keeps every type, else converted.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html and
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html
"""

import re
from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.csv.encodings import is_utf8
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.data_facts import file_difference
from dynamodb_bulk.spec.table import Index, Key, Provisioned, Table

Arguments = dict[str, Any]
_FORMATS = {"csv": "CSV", "dynamodb_json": "DYNAMODB_JSON", "ion": "ION"}
_DELIMITERS = frozenset(",;:|\t ")
_HEADERS = 255
# Printable ASCII without the quote and the comma.
_HEADER_NAME = re.compile(r"[\x20-\x21\x23-\x2b\x2d-\x7e]+")


def conversion_reasons(dataset: Dataset, aws: Aws | None = None) -> tuple[str, ...]:
    """Return why ImportTable cannot read the files unchanged; empty if it can.

    It turns every CSV attribute that is not a key into a string, named by the header line or by a list of
    names. The rows must be such as it reads as this program does; those of files in S3 are looked at with
    `aws`.
    """
    if dataset.source.holds_items:
        return ()
    if dataset.source.holds_records:
        return (f"it does not read {'JSON' if dataset.source.format == 'json' else 'Parquet'} as records",)
    csv, parameters = dataset.csv, dataset.object_mapping.mapping_parameters
    names = [column.name for column in dataset.columns]
    numbers = {key.name for key in dataset.table.key_attributes if key.type == "N"}
    typed = [
        column.name
        for column in dataset.columns
        if column.column_type.becomes != "S" and not (column.column_type.is_number and column.name in numbers)
    ]
    unchecked = [
        column.name
        for column in dataset.columns
        if column.column_type.becomes == "S" and not column.column_type.any_text
    ]
    formed = [column.name for column in dataset.columns if column.own_form]
    plain = dataset.object_mapping.rule_action == "map-record-to-record"
    found = {
        f"it would make {_listed(typed)} a string": bool(typed),
        f"it would not check {_listed(unchecked)}": bool(unchecked),
        "rows are reshaped": bool(
            parameters.attribute_mappings or parameters.exclude_columns or dataset.attributes or not plain
        ),
        "source filters leave rows out": bool(dataset.source_filters),
        f"it knows no delimiter {csv.delimiter!r}": csv.delimiter not in _DELIMITERS,
        f"its rows end with line ends, and not with {csv.row_delimiter!r}": csv.row_delimiter != "\n",
        "it reads quotes": not csv.quotes,
        f"it knows no text for NULL, here {csv.null_values[-1]!r}": csv.null_values != ("",),
        f"it does not read {csv.encoding}": not is_utf8(csv.encoding),
        "it skips no lines": bool(csv.comment or csv.skip_rows or csv.skip_footer),
        f"it would not read {_listed(formed)} in the column's form": bool(formed),
        f"it takes {_HEADERS} columns at most": len(names) > _HEADERS,
        "a column's name is not printable ASCII without quotes and commas": not all(
            _HEADER_NAME.fullmatch(name) for name in names
        ),
    }
    reasons = tuple(reason for reason, applies in found.items() if applies)
    found = None if reasons else file_difference(dataset, aws)
    return (found,) if found else reasons


def import_arguments(
    dataset: Dataset,
    *,
    table: str,
    bucket: str,
    prefix: str,
    converted: bool | None = None,
    convert_to: Format = "dynamodb_json",
    kms_key: str | None = None,
    settings: Table | None = None,
) -> Arguments:
    """Return ImportTable's arguments; converted files are compressed with zstd.

    Without `converted`, the current files decide. `kms_key` encrypts the table; left out: the dataset's. So
    with the table's other `settings`.
    """
    if converted is None:
        converted = bool(conversion_reasons(dataset))
    arguments: Arguments = {
        "S3BucketSource": {"S3Bucket": bucket, "S3KeyPrefix": prefix},
        "InputFormat": _FORMATS[convert_to if converted else dataset.source.format],
        "InputCompressionType": "ZSTD" if converted else dataset.source.compression.upper(),
        "TableCreationParameters": table_parameters(settings or dataset.table, table, kms_key),
    }
    if dataset.source.bucket_owner and not converted:
        arguments["S3BucketSource"]["S3BucketOwner"] = dataset.source.bucket_owner
    if arguments["InputFormat"] == "CSV":
        # With a list of names the first line is data; their order is that of the columns.
        names = {} if dataset.csv.header_rows else {"HeaderList": [column.name for column in dataset.columns]}
        arguments["InputFormatOptions"] = {"Csv": {"Delimiter": dataset.csv.delimiter, **names}}
    return arguments


def table_parameters(table: Table, name: str, kms_key: str | None = None) -> Arguments:
    """TableCreationParameters; stream, class, protection, time to live and tags must be set afterwards."""
    parameters: Arguments = {
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": key.name, "AttributeType": key.type} for key in table.key_attributes
        ],
        "KeySchema": _key_schema(table.partition_key, table.sort_key),
        **_billing(table),
    }
    if kms_key := kms_key or table.kms_key:
        parameters["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": kms_key}
    if table.global_secondary_indexes:
        parameters["GlobalSecondaryIndexes"] = [
            _index(index, table) for index in table.global_secondary_indexes
        ]
    return parameters


def _billing(table: Table) -> Arguments:
    if isinstance(table.billing, Provisioned):
        return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": _throughput(table.billing)}
    maximum = table.on_demand_maximum
    units = {"MaxReadRequestUnits": maximum.read, "MaxWriteRequestUnits": maximum.write} if maximum else {}
    given = {key: most for key, most in units.items() if most is not None}
    return {"BillingMode": "PAY_PER_REQUEST", **({"OnDemandThroughput": given} if given else {})}


def _throughput(billing: Provisioned) -> Arguments:
    return {"ReadCapacityUnits": billing.read, "WriteCapacityUnits": billing.write}


def _key_schema(partition: Key, sort: Key | None) -> list[Arguments]:
    schema = [{"AttributeName": partition.name, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": sort.name, "KeyType": "RANGE"}] if sort else schema


def _index(index: Index, table: Table) -> Arguments:
    if isinstance(index.projection, tuple):
        projection: Arguments = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.projection)}
    else:
        projection = {"ProjectionType": index.projection}
    described: Arguments = {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.partition_key, index.sort_key),
        "Projection": projection,
    }
    if isinstance(table.billing, Provisioned):
        described["ProvisionedThroughput"] = _throughput(table.billing)
    return described


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
