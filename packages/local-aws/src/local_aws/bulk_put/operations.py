"""StartBulkPutItems, DescribeBulkOperation, ListBulkOperations and CancelBulkOperation.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StartBulkPutItems.html
"""

from typing import Any

from local_aws.bulk_put.assumed import AT_ONCE, AT_ONCE_ON_A_TABLE, operation_arn
from local_aws.bulk_put.run import UNDER_WAY, BulkPutRun, writable
from local_aws.dataplane.tables import find_table
from local_aws.idempotency import Mismatch, Tokens
from local_aws.paging import page
from local_aws.protocol import Fault, Fields, Operation, Request, invalid
from local_aws.table_settings.kept import replicas

_PAGE = 10
_OWN_KEY = "KMS"


class BulkPuts:
    """The bulk puts of all regions, youngest last; `seconds` is the least time that one takes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._runs: dict[str, list[BulkPutRun]] = {}
        self._tokens: Tokens[BulkPutRun] = Tokens()

    @property
    def operations(self) -> dict[str, Operation]:
        """By their names in the API."""
        return {
            "StartBulkPutItems": self.start,
            "DescribeBulkOperation": self.describe,
            "ListBulkOperations": self.list,
            "CancelBulkOperation": self.cancel,
        }

    def start(self, region: str, request: Request) -> Fields:
        """Begin a bulk put, or describe the one that the same request began."""
        try:
            run = self._tokens.once(region, request, self._begun)
        except Mismatch:
            raise Fault(
                "IdempotentParameterMismatchException",
                "The client token was used with other parameters",
                member="Message",
            ) from None
        return {"BulkOperationDescription": run.description()}

    def describe(self, region: str, request: Request) -> Fields:
        """Describe a bulk put."""
        return {"BulkOperationDescription": self._find(region, request).description()}

    def list(self, region: str, request: Request) -> Fields:
        """Return the bulk puts, youngest first."""
        runs = self._runs.get(region, [])[::-1]
        size, token = request.get("MaxResults", _PAGE), request.get("NextToken")
        return page("BulkOperationsSummaryList", runs, size, token)

    def cancel(self, region: str, request: Request) -> Fields:
        """Let a bulk put end soon; of one that has ended already, what becomes is not documented."""
        run = self._find(region, request)
        run.cancel()
        return {"BulkOperationArn": run.arn, "BulkOperationStatus": "CANCELLING"}

    def _find(self, region: str, request: Request) -> BulkPutRun:
        for run in self._runs.get(region, []):
            if run.arn == request["BulkOperationArn"]:
                return run
        raise Fault("ResourceNotFoundException", f"There is no operation {request['BulkOperationArn']}")

    def _begun(self, region: str, request: Request) -> BulkPutRun:
        _check(request["OutputS3Configuration"])
        runs = self._runs.setdefault(region, [])
        table = find_table(region, request["TableName"])
        if table is None:
            raise Fault("ResourceNotFoundException", f"There is no table {request['TableName']}")
        if replicas(table):
            raise invalid(f"{table.name} is a global table, which bulk put does not take")
        if why := writable(table):
            raise Fault("ResourceInUseException", why)
        under_way = [run for run in runs if run.status in UNDER_WAY]
        if len(under_way) >= AT_ONCE:
            raise Fault("LimitExceededException", f"{AT_ONCE} operations are under way")
        if sum(run.table_name == table.name for run in under_way) >= AT_ONCE_ON_A_TABLE:
            raise Fault(
                "ResourceInUseException", f"{AT_ONCE_ON_A_TABLE} operations are under way on {table.name}"
            )
        run = BulkPutRun(operation_arn(region), request, table, self._seconds)
        runs.append(run)
        run.begin()
        return run


def _check(output: dict[str, Any]) -> None:
    if not output["OutputType"] or not output.get("S3Bucket"):
        raise invalid("OutputS3Configuration needs S3Bucket and at least one OutputType")
    by_key = output.get("S3SseAlgorithm") == _OWN_KEY
    if bool(output.get("S3SseKmsKeyId")) is not by_key:
        raise invalid("S3SseKmsKeyId is given with S3SseAlgorithm KMS, and only then")
