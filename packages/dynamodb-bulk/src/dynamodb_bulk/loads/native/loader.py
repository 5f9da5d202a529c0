"""`native`: a new table from files in S3 by ImportTable."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.aws.table_identity import table_id
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.loads.base import Abilities, LoadFacts, MethodEstimate
from dynamodb_bulk.loads.last_run import Used
from dynamodb_bulk.loads.log import LogLine
from dynamodb_bulk.loads.native.errors import LOG_GROUP, error_log, error_stream
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.native.started import StartedImports, describe_import
from dynamodb_bulk.loads.operation_loader import OperationLoader
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.started import OperationState
from dynamodb_bulk.permissions.grants import EVERYTHING, Permissions, called
from dynamodb_bulk.requests.limits import SourceLimits, import_limits
from dynamodb_bulk.spec.errors import InputError, LoadFailed

if TYPE_CHECKING:
    from dynamodb_bulk.dataset import Dataset
    from dynamodb_bulk.estimate.prices import Prices
    from dynamodb_bulk.estimate.size import DatasetSize
    from dynamodb_bulk.loads.native.operation import ImportOperation

_GB = 1024**3
_WORTH_SAYING = 0.01  # USD
_DELETION_SECONDS = 1800


class NativeLoader(OperationLoader[NativeLoad]):
    """ImportTable as a method of loading."""

    name = "native"
    engine = "ImportTable"
    load_type = NativeLoad
    started_type = StartedImports
    abilities = Abilities(
        options=frozenset({"tolerate", "count_up_to", "reload", "keep_previous", "convert_to", "engine"}),
        checks=frozenset({"too-many-files", "too-many-bytes"}),
        global_table=True,
    )
    permissions = Permissions(
        declares=("aws:ssm/parameter:Parameter",),
        calls=(
            called(EVERYTHING, "dynamodb:ListImports logs:DescribeLogGroups", "deploy"),
            called(EVERYTHING, "dynamodb:ListTables", "deploy", "preview"),
            called(
                "tables",
                "dynamodb:ImportTable DeleteTable UpdateTable TagResource UpdateContinuousBackups "
                "DescribeContinuousBackups UpdateTimeToLive DescribeTimeToLive",
                "deploy",
            ),
            called("tables", "dynamodb:DescribeImport", "deploy", "operate"),
            called("tables", "dynamodb:ListTagsOfResource", "deploy", "preview"),
            # ImportTable writes its log with the permissions of its caller.
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Requesting.html
            called(
                "import logs",
                "logs:CreateLogGroup CreateLogStream PutLogEvents PutRetentionPolicy DescribeLogStreams",
                "deploy",
            ),
            called("import logs", "logs:FilterLogEvents", "deploy", "operate"),
            called("parameters", "ssm:GetParameter", "deploy", "preview"),
        ),
    )

    @property
    def operation_type(self) -> "type[ImportOperation]":
        """Imports, for which files are read."""
        from dynamodb_bulk.loads.native.operation import ImportOperation

        return ImportOperation

    def reason(self, facts: LoadFacts) -> str:  # noqa: ARG002
        """The table is new, or the abilities would not do."""
        return "the table is new: ImportTable fills it without using its write capacity"

    def limits(self, region: str | None) -> SourceLimits:
        """See `import_limits`."""
        return import_limits(region)

    def converts(self, dataset: "Dataset", aws: Aws | None = None) -> bool:
        """Return whether ImportTable cannot read the files unchanged."""
        from dynamodb_bulk.requests.import_table import conversion_reasons

        return bool(conversion_reasons(dataset, aws))

    def check_repeat(self, load: NativeLoad, last: RunRecord) -> None:
        """An import makes a new table: one that holds an import is only deleted where the load says so."""
        from dynamodb_bulk.loads.native.operation import CHANGED

        if last.outcome and last.outcome.accepted and not load.recreate:
            raise InputError(f"load {load.name}", f"the table {load.table} holds its import", CHANGED)

    def estimate(
        self, dataset: "Dataset", size: "DatasetSize", prices: "Prices", convert_to: Format = "dynamodb_json"
    ) -> MethodEstimate:
        """By the gigabytes that ImportTable reads, after a conversion where it is needed."""
        from dynamodb_bulk.loads.native.operation import SECONDS_PER_GB, SMALL_SECONDS

        read, how = size.source_bytes, "the files unconverted"
        if self.converts(dataset):
            read, how = size.json_bytes, "converted to DynamoDB JSON first"
            in_ion = prices.usd("import_gb", size.ion_bytes / _GB)
            if convert_to == "ion":
                read, how = size.ion_bytes, "converted to Ion text first"
            elif in_ion is not None and in_ion >= _WORTH_SAYING:
                how += f" (with `convert_to: ion` {size.ion_bytes / _GB:,.3f} GB, {in_ion:,.2f} USD)"
        cost = prices.usd("import_gb", read / _GB)
        return MethodEstimate(
            method=self.name,
            shortest=SMALL_SECONDS[0],
            longest=max(SMALL_SECONDS[1], SECONDS_PER_GB * read / _GB),
            usd=None if cost is None else (cost, cost),
            basis=f"{how}, {read / _GB:,.3f} GB read; AWS promises no time: small imports took 4 to 10 "
            "minutes, one of 10 GB 2 hours",
        )

    def used(self, state: OperationState) -> tuple[Used, ...]:
        """The bytes that the import read."""
        read = state.read_bytes / _GB
        return (Used(price="import_gb", units=read, words=f"{read:,.3f} GB read by ImportTable"),)

    def log(self, load: NativeLoad, aws: Aws, since: datetime | None = None) -> Iterator[LogLine]:
        """The rejected items of the last import; AWS writes them when it has ended."""
        record = RunRecord.read(load.records_bucket, load.name, aws)
        if record is None or not record.operation:
            return iter(())
        return error_log(record.operation, load.files.prefix, aws, since)

    def delete_logs(self, record: RunRecord, aws: Aws) -> None:
        """Delete the streams of rejected items."""
        for operation in record.operations:
            with suppress(aws.logs.exceptions.ResourceNotFoundException):
                aws.logs.delete_log_stream(logGroupName=LOG_GROUP, logStreamName=error_stream(operation))

    def delete_table(self, record: RunRecord, aws: Aws) -> None:
        """Delete the table when it is the very one that the last import made, or was about to delete."""
        state = describe_import(record.operation, aws) if record.operation else None
        made = state.table_id if state else ""
        if record.clears and not record.operation:
            made = record.clears.table_id
        if not made or table_id(record.table, aws) != made:
            return
        try:
            aws.dynamodb.delete_table(TableName=record.table)
        except aws.dynamodb.exceptions.ClientError as error:
            raise LoadFailed(
                f"table {record.table}, which an import made: {error}; release it and destroy again"
            ) from None
        poll(
            lambda: table_id(record.table, aws),
            lambda found: found != made,
            limit_seconds=_DELETION_SECONDS,
            what=f"the deletion of {record.table}",
        )


NATIVE = NativeLoader()
