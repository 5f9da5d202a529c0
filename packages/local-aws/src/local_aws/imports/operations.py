"""ImportTable, DescribeImport and ListImports.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
"""

import re
from collections.abc import Callable
from typing import Any

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket

from local_aws.account import ACCOUNT, new_id
from local_aws.dataplane.shared_bucket import READ, NotShared, shared_bucket
from local_aws.dataplane.tables import find_table
from local_aws.idempotency import Mismatch, Tokens
from local_aws.imports.run import IN_PROGRESS, ImportRun
from local_aws.operation_arns import check_arn
from local_aws.paging import page
from local_aws.protocol import Fault, Fields, Operation, Request, invalid, null_at

# Asks for an operation of tables, in a region: the status and the fields of the answer.
AskTables = Callable[[str, str, Request], tuple[int, Fields]]
_AT_ONCE = 50
_PAGE = 25
_TOKENS = 7  # a page's token has 112 digits at least
_IMPORT = re.compile(r"table/[a-zA-Z0-9_.-]{3,255}/import/[^/]+")


class Imports:
    """The imports of all regions, youngest last; `seconds` is the least time that one takes."""

    def __init__(self, ask_tables: AskTables, seconds: float) -> None:
        self._ask_tables = ask_tables
        self._seconds = seconds
        self._runs: dict[str, list[ImportRun]] = {}
        # As measured on AWS: a token answers whatever else differs, and only while its import is in progress.
        self._tokens: Tokens[ImportRun] = Tokens(
            same=lambda request: request["TableCreationParameters"]["TableName"],
            over=lambda run: run.status != IN_PROGRESS,
        )

    @property
    def operations(self) -> dict[str, Operation]:
        """By their names in the API."""
        return {
            "ImportTable": self.import_table,
            "DescribeImport": self.describe_import,
            "ListImports": self.list_imports,
        }

    def import_table(self, region: str, request: Request) -> Fields:
        """Begin an import, or describe the one in progress that the same token began for the same table."""
        if "ClientToken" not in request:  # which the model calls optional: the SDKs make one up
            raise invalid(f"1 validation error detected: {null_at('clientToken')}")
        try:
            run = self._tokens.once(region, request, self._begun)
        except Mismatch:
            raise Fault(
                "ImportConflictException",
                "Import conflict: Duplicate request detected with conflicting parameters",
            ) from None
        return {"ImportTableDescription": run.description()}

    def describe_import(self, region: str, request: Request) -> Fields:
        """Describe an import."""
        check_arn(request["ImportArn"], region, _IMPORT, "Import")
        for run in self._runs.get(region, []):
            if run.arn == request["ImportArn"]:
                return {"ImportTableDescription": run.description()}
        raise Fault("ImportNotFoundException", f"Import not found: {request['ImportArn']}")

    def list_imports(self, region: str, request: Request) -> Fields:
        """Return the imports, youngest first."""
        of = request.get("TableArn")
        runs = [run for run in reversed(self._runs.get(region, [])) if of in (None, run.table_arn)]
        size, token = request.get("PageSize", _PAGE), request.get("NextToken")
        return page("ImportSummaryList", runs, size, token, _TOKENS)

    def _begun(self, region: str, request: Request) -> ImportRun:
        _check(request)
        runs = self._runs.setdefault(region, [])
        parameters: dict[str, Any] = request["TableCreationParameters"]
        name = parameters["TableName"]
        under_way = [run for run in runs if run.status == IN_PROGRESS]
        if find_table(region, name) or any(run.table_name == name for run in under_way):
            raise Fault("ResourceInUseException", f"Table already exists: {name}")
        if len(under_way) >= _AT_ONCE:
            raise Fault("LimitExceededException", f"{_AT_ONCE} imports are under way, the most that may be")
        status, answer = self._ask_tables("CreateTable", region, parameters)
        if status != 200:
            raise Fault(answer["__type"], answer.get("message", ""))
        bucket, failure = _find_bucket(request["S3BucketSource"])
        arn = f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}/import/{new_id()}"
        run = ImportRun(arn, region, request, answer["TableDescription"]["TableId"], self._seconds)
        if bucket is None:
            self._ask_tables("DeleteTable", region, {"TableName": name})
        runs.append(run)
        run.begin(bucket, failure)
        return run


def _find_bucket(source: Request) -> tuple[FakeBucket | None, str]:
    """Return the bucket to read, from any region, or the code of what stands against it."""
    try:
        return shared_bucket(source, READ), ""
    except NotShared:
        return None, "S3AccessDenied"
    except MissingBucket:
        return None, "S3NoSuchBucket"


def _check(request: Request) -> None:
    if "Csv" in request.get("InputFormatOptions", {}) and request["InputFormat"] != "CSV":
        raise invalid("InputFormatOptions for CSV are given, and InputFormat is another")
