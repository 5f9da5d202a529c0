"""Bulk put of six lines, good and bad: which are written, and what the report holds."""

import gzip
import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dynamodb_bulk.item_files.bulk_put_lines import CONDITION, ITEM
from smoke.probe import LEAST_GB, Answer, Probe, Question
from smoke.stage import Stage

_UNDER_WAY = ("IN_PROGRESS", "CANCELLING")
_DOCS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems."
LINES = (
    json.dumps({ITEM: {"id": {"S": "good"}, "n": {"N": "1"}}}),
    json.dumps({ITEM: {"id": {"S": "held"}, "n": {"N": "1"}}, CONDITION: "attribute_not_exists(id)"}),
    json.dumps({ITEM: {"id": {"N": "3"}}}),
    json.dumps({ITEM: {"id": {"S": "good"}, "n": {"N": "2"}}}),
    '{"Item":{"id":{"S":"malformed"',
    json.dumps({ITEM: {"id": {"S": "after"}, "n": {"N": "1"}}}),
)
"""A good item, one whose condition fails, a key of a wrong type, a duplicate key, a line that is cut off, and
an item after it."""


def _ask(stage: Stage) -> Mapping[str, Answer]:
    table = stage.create_table("bulk-put")
    stage.aws.dynamodb.put_item(TableName=table, Item={"id": {"S": "held"}, "n": {"N": "0"}})
    stage.upload("bulk-put/in/lines.json", "\n".join([*LINES, ""]).encode())
    started = stage.aws.bulk.start_bulk_put_items(
        TableName=table,
        InputS3Configuration={
            "S3Bucket": stage.bucket,
            "S3KeyPrefix": "bulk-put/in/",
            "InputFormat": "DYNAMODB_JSON",
        },
        OutputS3Configuration={
            "S3Bucket": stage.bucket,
            "S3KeyPrefix": "bulk-put/out",
            "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"],
        },
    )["BulkOperationDescription"]
    arn = started["BulkOperationArn"]

    def look() -> dict[str, Any]:
        return stage.aws.bulk.describe_bulk_operation(BulkOperationArn=arn)["BulkOperationDescription"]

    ended = stage.wait(
        look, lambda seen: seen["BulkOperationStatus"] not in _UNDER_WAY, minutes=30, what="the bulk put"
    )
    report = {key: _text(body) for key, body in stage.objects("bulk-put/out").items()}
    items = stage.items(table)
    stage.raw["bulk-put"] = {"lines": LINES, "description": ended, "report": report, "items": items}
    counts = f"{ended.get('ProcessedItemCount')} processed, {ended.get('FailedItemCount')} failed"
    failure = " ".join(filter(None, (ended.get("FailureCode"), ended.get("FailureMessage"))))
    found = ", ".join(f"{item['id']['S']} with n = {item['n']['N']}" for item in items)
    return {
        "bulk-put-lines": Answer(
            text=stage.plain(f"{ended['BulkOperationStatus']}{failure}: {counts}; in the table: {found}")
        ),
        "bulk-put-report": Answer(
            text=stage.plain("; ".join(f"{key}: {_members(text)}" for key, text in sorted(report.items())))
        ),
        "bulk-put-arn": Answer(text=stage.plain(arn)),
    }


def _text(body: bytes) -> str:
    """Return an object of the report as text, uncompressed."""
    with suppress(OSError, EOFError, zlib.error):
        body = gzip.decompress(body)
    return body.decode(errors="replace")


def _members(text: str) -> str:
    """Return the names in the first record of a file of the report, and how many records follow."""
    lines = text.splitlines()
    try:
        first = json.loads(lines[0])
    except (ValueError, IndexError):
        return f"{len(lines)} lines, not JSON"
    return f"{len(lines)} lines, the first with {', '.join(first)}"


PROBES = (
    Probe(
        name="bulk-put",
        creates="1 table, 1 bulk put of 6 lines",
        minutes=35,
        units={"GB bulk put": LEAST_GB},
        ask=_ask,
        questions=(
            Question(
                name="bulk-put-lines",
                asks="Bulk put of a good item, one whose condition fails, a key of a wrong type, a duplicate "
                "key, a line that is cut off and an item after it: what is counted and what is written?",
                docs="Some errors stop an object; COMPLETED_WITH_ERRORS if a record could not be parsed; the "
                f"shape of a line with a condition is not known here ({_DOCS}Format.html)",
            ),
            Question(
                name="bulk-put-report",
                asks="How is the report laid out?",
                docs=f"There is a manifest; names and members are not known here ({_DOCS}Output.html)",
            ),
            Question(
                name="bulk-put-arn",
                asks="What does the ARN of an operation look like?",
                docs="37 to 1,024 characters, pattern not given (API_DescribeBulkOperation)",
            ),
        ),
    ),
)
