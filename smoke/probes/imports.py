"""ImportTable of small odd files: counters, errors logged, and which items arrive."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from amazon.ion import simpleion

from smoke.probe import LEAST_GB, Answer, Probe, Question
from smoke.removal import IMPORT_LOGS
from smoke.stage import TABLE, Stage

_GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport."


@dataclass(frozen=True)
class _Case:
    name: str
    asks: str
    docs: str
    body: bytes
    format: str = "DYNAMODB_JSON"
    header: tuple[str, ...] = ()


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


_NOT = "not documented"
A, B, C = (json.dumps({"Item": {"id": {"S": name}, "n": {"N": "1"}}}) for name in "abc")
BAD_KEY, NO_ITEM, CUT_OFF = '{"Item":{"id":{"N":"1"}}}', '{"Key":{"id":{"S":"x"}}}', '{"Item":{"id":{"S":"cut'
ION: Any = simpleion.dumps(
    [{"Item": {"id": name, "n": Decimal(1)}} for name in "ab"], binary=True, sequence_as_stream=True
)
_CASES = (
    _Case(
        "blank-lines",
        "Are blank lines and lines of spaces counted?",
        f"{_NOT} ({_GUIDE}Format.html); measured by others: neither items nor errors",
        _lines(A, "", "   ", B, ""),
    ),
    _Case(
        "broken-line",
        "Does a line that is cut off end its object?",
        f"the rest of the object may be skipped ({_GUIDE}Validation.html); measured by others: it is",
        _lines(A, CUT_OFF, B, C),
    ),
    _Case(
        "no-item",
        "Does a line of JSON without `Item` end its object?",
        f"{_NOT}; measured by others: it does",
        _lines(A, NO_ITEM, B),
    ),
    _Case(
        "bad-key",
        "What is logged for an item whose key has a wrong type, and do the items after it arrive?",
        f"the item is skipped, counted and logged ({_GUIDE}Validation.html)",
        _lines(A, BAD_KEY, B),
    ),
    _Case(
        "one-line",
        "Are several items on one line all read?",
        "one item a line; measured by others: all are read",
        _lines(f"{A}{B} {C}"),
    ),
    _Case("binary-ion", "Is binary Ion accepted?", "Ion, with examples of its text", ION, "ION"),
    _Case(
        "csv-crlf",
        "CSV with CRLF: is the carriage return part of the last field or name?",
        _NOT,
        b"id,n\r\na,1\r\nb,2\r\n",
        "CSV",
    ),
    _Case(
        "csv-bom",
        "CSV with a byte order mark: is it part of the first name?",
        _NOT,
        b"\xef\xbb\xbfid,n\na,1\n",
        "CSV",
    ),
    _Case(
        "json-bom",
        "DynamoDB JSON with a byte order mark: does it break the first line?",
        _NOT,
        b"\xef\xbb\xbf" + _lines(A, B),
    ),
    _Case(
        "csv-header-list",
        "CSV with a HeaderList: is the first line data, and is the order of the names kept?",
        f"the first line is data ({_GUIDE}Format.html)",
        b"1,a\n2,b\n",
        "CSV",
        ("n", "id"),
    ),
)


def _ask(case: _Case, stage: Stage) -> Mapping[str, Answer]:
    dynamodb: Any = stage.aws.dynamodb
    name = f"import-{case.name}"
    table, prefix = stage.own_table(name), f"import/{case.name}/"
    stage.upload(f"{prefix}data", case.body)
    options = {"InputFormatOptions": {"Csv": {"HeaderList": list(case.header)}}} if case.header else {}
    arn = dynamodb.import_table(
        S3BucketSource={"S3Bucket": stage.bucket, "S3KeyPrefix": prefix},
        InputFormat=case.format,
        TableCreationParameters={**TABLE, "TableName": table},
        **options,
    )["ImportTableDescription"]["ImportArn"]
    stream = f"{arn.rpartition('/')[2]}/error"

    def look() -> dict[str, Any]:
        return dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]

    def is_over(seen: dict[str, Any]) -> bool:
        return seen["ImportStatus"] not in ("IN_PROGRESS", "CANCELLING")

    def forget() -> None:
        if is_over(look()):
            stage.aws.logs.delete_log_stream(logGroupName=IMPORT_LOGS, logStreamName=stream)

    stage.created.add("log stream", stream, forget)
    ended = stage.wait(look, is_over, minutes=30, what=f"the import {case.name}")
    with suppress(dynamodb.exceptions.ResourceNotFoundException):  # some failed imports make no table
        dynamodb.tag_resource(ResourceArn=ended["TableArn"], Tags=stage.tags)
    items, logged = stage.items(table), _logged(stage, stream) if ended.get("ErrorCount") else []
    stage.raw[name] = {"source": case.body, "description": ended, "log": logged, "items": items}
    status = " ".join(filter(None, (ended["ImportStatus"], ended.get("FailureCode"))))
    said = "; ".join(str(entry.get("errorMessages", entry)) for entry in logged)
    text = (
        f"{status}: {ended.get('ProcessedItemCount')} processed, {ended.get('ImportedItemCount')} imported, "
        f"{ended.get('ErrorCount')} errors; arrived: {json.dumps(items) if items else 'nothing'}"
    )
    return {
        name: Answer(
            text=stage.plain(f"{text}; logged: {said}" if said else text),
            seconds=(ended["EndTime"] - ended["StartTime"]).total_seconds(),
        )
    }


def _logged(stage: Stage, stream: str) -> list[dict[str, Any]]:
    """Return the errors that the import logged, which may come a little later than its end."""
    logs = stage.aws.logs

    def look() -> list[dict[str, Any]]:
        try:
            found = logs.get_log_events(logGroupName=IMPORT_LOGS, logStreamName=stream, startFromHead=True)
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(event.get("message", "{}")) for event in found["events"]]

    return stage.wait(look, bool, minutes=5, what="the log of the import")


PROBES = tuple(
    Probe(
        name=f"import-{case.name}",
        creates=f"1 table, by an import of {len(case.body)} bytes",
        minutes=36,
        units={"GB imported": LEAST_GB},
        ask=partial(_ask, case),
        questions=(Question(name=f"import-{case.name}", asks=f"ImportTable: {case.asks}", docs=case.docs),),
    )
    for case in _CASES
)
