"""The report of a bulk put, whose layout AWS does not document, is read tolerantly."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from operations.aws import Aws
from operations.bulk_put.report import reported_items

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
def test_records_are_told_by_the_name_of_their_object(aws: Aws, *, compressed: bool) -> None:
    put(aws, "ERROR/part-0", {"Item": ITEM, "errorMessage": "no key"}, compressed=compressed)
    put(aws, "CONDITION_CHECK_FAILURE/part-0", {"Item": ITEM}, compressed=compressed)
    assert sorted(fate for fate, _ in found(aws)) == ["refused", "rejected"]


def test_records_of_one_object_are_told_by_their_fields(aws: Aws) -> None:
    put(aws, "part-0", {"Item": ITEM, "errorCode": "ConditionalCheckFailed"}, {"errorCode": "Validation"})
    assert [fate for fate, _ in found(aws)] == ["refused", "rejected"]


def test_record_says_its_object_its_line_and_its_reason(aws: Aws) -> None:
    pointer = {"bucket": "files", "key": "data/a.json", "lineNumber": 7}
    put(aws, "errors/part-0", {"itemS3Pointer": pointer, "errorMessage": "no key"})
    assert found(aws) == [("rejected", "data/a.json, line 7: AWS says: no key")]


def test_manifest_and_what_is_no_record_are_passed_over(aws: Aws) -> None:
    put(aws, "manifest-summary.json", {"errorCount": 3})
    put(aws, "errors/part-0", "a text", [1])
    aws.s3.put_object(Bucket="files", Key="reports/errors/part-1", Body=b"not json\n")
    assert found(aws) == []


def test_report_that_is_not_there_has_no_records(aws: Aws) -> None:
    assert found(aws) == []
