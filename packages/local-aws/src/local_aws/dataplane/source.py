"""The S3 side of a load: its settings, its files, and what its role has to allow.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

from collections.abc import Mapping
from typing import Any

from dynamodb_bulk.csv.reader import CsvFormat
from dynamodb_bulk.dms.definition import ExternalTable
from local_aws.dataplane.connection import check_bucket
from local_aws.dataplane.objects import SourceError, SourceObject, find_bucket, folder_objects
from local_aws.dataplane.roles import AssumedRole

Settings = Mapping[str, Any]


def table_objects(
    settings: Settings, table: ExternalTable, role: AssumedRole, region: str
) -> list[SourceObject]:
    """Return the files of a table, each of which the role may read; raise DeniedError or SourceError."""
    check_bucket(settings, role, region)
    bucket = find_bucket(settings["BucketName"], region)
    above = (settings.get("BucketFolder") or "").strip("/")
    objects = folder_objects(bucket, f"{above}/{table.path}" if above else table.path)
    actions = ("s3:GetObject", "s3:GetObjectVersion") if bucket.is_versioned else ("s3:GetObject",)
    for found in objects:
        role.require(actions, f"arn:aws:s3:::{bucket.name}/{found.key}")
    return objects


def csv_format(settings: Settings) -> CsvFormat:
    """Return how the files are written; raise SourceError for a format that is not supported here."""
    if settings.get("DataFormat", "csv").lower() != "csv":
        raise SourceError(f"local AWS reads csv files only, not {settings['DataFormat']}")
    return CsvFormat(
        delimiter=_plain(settings.get("CsvDelimiter", ",")),
        row_delimiter=_plain(settings.get("CsvRowDelimiter", "\n")),
        quoting="rfc4180" if settings.get("Rfc4180", True) else "none",
        null_value=settings.get("CsvNullValue", ""),
        header_rows=1 if settings.get("IgnoreHeaderRows") else 0,
    )


def _plain(delimiter: str) -> str:
    for written, meant in ((r"\n", "\n"), (r"\r", "\r"), (r"\t", "\t")):
        delimiter = delimiter.replace(written, meant)
    return delimiter
