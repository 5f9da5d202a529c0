"""The settings of the S3 endpoint from which DMS reads a dataset.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_S3Settings.html
"""

from dataclasses import asdict, dataclass
from typing import Any

from dynamodb_bulk.dataset import Dataset


@dataclass(frozen=True, kw_only=True)
class SourceEndpoint:
    """The settings that follow from the dataset; None leaves a setting to AWS.

    An empty `csv_null_value` is AWS's default for a source, and no provider sends one.
    """

    bucket_folder: str | None
    external_table_definition: str
    csv_delimiter: str | None
    csv_null_value: str | None
    ignore_header_rows: int | None
    rfc4180: bool | None
    cdc_path: str | None
    csv_row_delimiter: str | None = None
    data_format: str | None = None

    def as_api(self, bucket: str) -> dict[str, Any]:
        """Return S3Settings for DMS's API, without the role."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {"BucketName": bucket} | {_api_name(name): value for name, value in given.items()}


def source_endpoint(dataset: Dataset, folder: str) -> SourceEndpoint:
    """Return the settings for files under `folder` of a bucket."""
    source = dataset.source
    if source.format == "parquet":
        return SourceEndpoint(
            bucket_folder=folder or None,
            external_table_definition=dataset.external_table_definition(),
            csv_delimiter=None,
            csv_null_value=None,
            ignore_header_rows=None,
            rfc4180=None,
            cdc_path=None,
            data_format=source.format,
        )
    return SourceEndpoint(
        bucket_folder=folder or None,
        external_table_definition=dataset.external_table_definition(),
        csv_delimiter=source.delimiter,
        csv_row_delimiter=None if source.row_delimiter == "\n" else _escaped(source.row_delimiter),
        csv_null_value=dataset.csv.null_values[0] or None,
        ignore_header_rows=1 if source.header else None,
        rfc4180=source.quoting == "rfc4180",
        cdc_path=dataset.changes.path if dataset.changes else None,
    )


def _escaped(delimiter: str) -> str:
    """Return a delimiter with line ends as AWS shows its own default of one: a backslash and a letter."""
    return delimiter.replace("\r", r"\r").replace("\n", r"\n")


def _api_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
