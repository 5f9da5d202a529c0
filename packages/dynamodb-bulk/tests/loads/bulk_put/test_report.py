"""The report of a bulk put, whose layout AWS does not document, is read tolerantly."""

import gzip
import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.bulk_put.report import reported_items

ITEM = {"PK": {"S": "a"}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mock_aws():
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")  # moto answers in this process
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        made = Aws(region="us-east-1")
        made.s3.create_bucket(Bucket="files")
        yield made


def put(aws: Aws, key: str, *records: Any, compressed: bool = False) -> None:
    text = "".join(json.dumps(record) + "\n" for record in records).encode()
    aws.s3.put_object(Bucket="files", Key=f"reports/{key}", Body=gzip.compress(text) if compressed else text)


def found(aws: Aws) -> list[tuple[str, str]]:
    return [(item.fate, item.line) for item in reported_items("files", "reports/", aws)]


@pytest.mark.parametrize("compressed", [True, False])
def test_records_are_identified_by_the_name_of_their_object(aws: Aws, *, compressed: bool) -> None:
    put(aws, "ERROR/part-0", {"Item": ITEM, "errorMessage": "no key"}, compressed=compressed)
    put(aws, "CONDITION_CHECK_FAILURE/part-0", {"Item": ITEM}, compressed=compressed)
    assert sorted(fate for fate, _ in found(aws)) == ["condition failed", "rejected"]


def test_records_of_one_object_are_identified_by_their_fields(aws: Aws) -> None:
    put(aws, "part-0", {"Item": ITEM, "errorCode": "ConditionalCheckFailed"}, {"errorCode": "Validation"})
    assert [fate for fate, _ in found(aws)] == ["condition failed", "rejected"]


def test_record_has_object_line_and_reason(aws: Aws) -> None:
    pointer = {"bucket": "files", "key": "data/a.json", "lineNumber": 7}
    put(aws, "errors/part-0", {"itemS3Pointer": pointer, "errorMessage": "no key"})
    assert found(aws) == [("rejected", "data/a.json, line 7: AWS says: no key")]


def test_missing_report_has_no_records(aws: Aws) -> None:
    assert found(aws) == []


def unknown(aws: Aws, **options: Any) -> list[str]:
    """What the report does not tell, less where the bucket is."""
    items = reported_items("files", "reports/", aws, **options)
    return [item.line.removeprefix("s3://files/") for item in items if item.fate == "unknown"]


WHOLE = gzip.compress(b"".join(json.dumps({"Item": ITEM, "n": n}).encode() + b"\n" for n in range(9_000)))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"not json\n", "line 1 is not JSON"),
        (b"[1]\n", "line 1 is not a JSON object"),
        (b'{"Item": {}}\n\xff\n', "line 2 is not JSON"),
        (b'{"Item": {}}\n\n{"Item": {', "line 3 is not JSON"),
        (b"[" * 100_000, "line 1 is not JSON"),
        (WHOLE[:-9], "cannot be read after line"),
        (WHOLE[: len(WHOLE) // 2] + b"garbage" + WHOLE[len(WHOLE) // 2 + 7 :], "cannot be read"),
        (b"\x1f\x8bgarbage", "cannot be read"),
        (b"\x28\xb5\x2f\xfd\x00\x00", "line 1 is not JSON"),
    ],
    ids=["text", "list", "bytes", "cut line", "deep", "cut gzip", "damaged gzip", "no gzip", "zstd"],
)
def test_report_is_not_known_when_an_object_is_damaged(aws: Aws, body: bytes, says: str) -> None:
    aws.s3.put_object(Bucket="files", Key="reports/condition/part-1", Body=body)
    assert any(line.startswith(f"reports/condition/part-1: {says}") for line in unknown(aws))


def test_report_is_not_known_when_a_record_does_not_tell_its_fate(aws: Aws) -> None:
    put(aws, "part-0", {"Item": ITEM})
    assert unknown(aws) == [
        "reports/part-0: line 1 does not show whether its item was rejected or its condition failed"
    ]


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ({"Counts": {"ERROR": 1, "CONDITION_CHECK_FAILURE": 1}, "Files": ["error/0.json"]}, []),
        ({"errorCount": 3}, ["says 3 in errorcount, but 1 of these records were read"]),
        (
            {"outputs": [{"conditionFailedItems": 1}, {"conditionFailedItems": 1}]},
            ["says 2 in outputs.conditionfaileditems, but 1 of these records were read"],
        ),
        ({"Files": ["error/1.json.gz"]}, ["names error/1.json.gz, which S3 does not list"]),
        ({"key": "s3://files/reports/error/1.json"}, ["names reports/error/1.json, which S3 does not list"]),
        ({"key": "s3://files/reports/error/0.json", "errorFileCount": 7, "failedBytes": 9}, []),
        ({"inputs": ["data/a.json"], "processedItemCount": 9}, []),
    ],
    ids=["agrees", "count", "counts", "name", "key", "of files", "of inputs"],
)
def test_report_is_unknown_when_its_manifest_differs(
    aws: Aws, manifest: dict[str, Any], says: list[str]
) -> None:
    put(aws, "error/0.json", {"Item": ITEM})
    put(aws, "condition/0.json", {"Item": ITEM})
    put(aws, "manifest-summary.json", manifest)
    assert unknown(aws, inputs="data/") == [f"reports/manifest-summary.json: {what}" for what in says]


def test_report_is_unknown_when_its_manifest_is_damaged_or_lacks_a_checksum(aws: Aws) -> None:
    for name in ("manifest.json", "manifest.md5"):
        aws.s3.put_object(Bucket="files", Key=f"reports/{name}", Body=b"{")
    assert unknown(aws) == ["reports/manifest.json: is not JSON"]


def test_report_is_unknown_when_it_is_expected_and_missing(aws: Aws) -> None:
    (line,) = unknown(aws, expected=True)
    assert line.startswith("reports/: AWS wrote no report here")
    put(aws, "manifest.json", {})
    assert unknown(aws, expected=True) == []


@pytest.mark.parametrize(
    ("operation", "answer", "says"),
    [
        ("ListObjectsV2", "AccessDenied", "reports/: cannot be read: "),
        ("ListObjectsV2", "NoSuchBucket", "reports/: cannot be read: "),
        ("ListObjectsV2", {}, "reports/: cannot be read: the answer is not a list"),
        ("GetObject", "AccessDenied", "reports/error/0.json: cannot be read: "),
        ("GetObject", "NoSuchKey", "reports/error/0.json: cannot be read: "),
        ("GetObject", {"ContentLength": 3, "Body": io.BytesIO(b"{}\n")}, "reports/error/0.json: cannot be"),
    ],
    ids=["denied list", "no bucket", "empty list", "denied object", "no object", "garbage object"],
)
def test_report_is_not_known_when_s3_refuses_or_answers_otherwise(
    aws: Aws, operation: str, answer: str | dict[str, Any], says: str
) -> None:
    put(aws, "error/0.json", {"Item": ITEM})
    error = answer if isinstance(answer, str) else ""
    fields = {"Error": {"Code": error, "Message": "no"}} if error else answer
    status = SimpleNamespace(status_code=403 if error else 200)
    handler: Any = lambda **_: (status, fields)  # noqa: E731 - its type says that it returns nothing
    aws.s3.meta.events.register_first(f"before-call.s3.{operation}", handler)
    (line,) = unknown(aws)
    assert line.startswith(says)
    assert ("allow s3:ListBucket and s3:GetObject" in line) is (error == "AccessDenied")
