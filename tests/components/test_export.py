"""An export of a stack: by the provider where it can, and judged by a step."""

from typing import Any

from components.bucket import FilesBucket, FilesBucketArgs
from components.export import Export, ExportArgs, expiring
from tests.recording import STEP, Engine, declare, stack

EXPORT = "aws:dynamodb/tableExport:TableExport"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"


def export(*digests: str, arn: str | None = None, **order: Any) -> Engine:
    def program() -> None:
        bucket = FilesBucket("files", FilesBucketArgs(stack=stack(), expire=expiring({"orders": 7})))
        Export(
            "orders",
            ExportArgs(
                stack=stack(),
                bucket=bucket,
                order=order,
                table_name="orders",
                table_arn=TABLE,
                digests=digests,
                kms_key=arn,
            ),
        )

    return declare(program)


def test_full_export_goes_to_the_stack_s_bucket_under_its_name() -> None:
    inputs = export("1").one(EXPORT).inputs
    assert inputs["tableArn"] == TABLE
    assert inputs["s3Bucket"] == "shop-test-files-123456789012"
    assert inputs["s3Prefix"].startswith("exports/orders/")
    assert (inputs["exportType"], inputs["exportFormat"]) == ("FULL_EXPORT", "DYNAMODB_JSON")


def test_export_goes_to_a_different_prefix_when_the_data_changed() -> None:
    places = [export(digest).one(EXPORT).inputs["s3Prefix"] for digest in ("1", "1", "2")]
    assert places[0] == places[1] != places[2]


def test_incremental_export_has_its_window_and_its_key() -> None:
    window = {"since": "2026-11-24T10:00:00Z", "until": "2026-11-24T12:00:00+01:00"}
    inputs = export("1", type="incremental", kms_key="key", old_images=False, **window).one(EXPORT).inputs
    assert inputs["incrementalExportSpecification"] == {
        "exportFromTime": "2026-11-24T10:00:00Z",
        "exportToTime": "2026-11-24T11:00:00Z",
        "exportViewType": "NEW_IMAGE",
    }
    assert (inputs["s3SseAlgorithm"], inputs["s3SseKmsKeyId"]) == ("KMS", "key")


def test_export_names_the_key_by_its_arn_and_stays_the_same_export() -> None:
    arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
    plain, resolved = (
        export("1", kms_key="alias/mine", arn=given).one(EXPORT).inputs for given in (None, arn)
    )
    assert resolved["s3SseKmsKeyId"] == arn
    assert plain["s3Prefix"] == resolved["s3Prefix"]


def test_export_to_a_bucket_of_a_different_account_has_its_owner_and_key() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    engine = export("1", bucket="theirs", bucket_owner="210987654321", prefix="from-us", kms_key=key)
    inputs = engine.one(EXPORT).inputs
    assert (inputs["s3Bucket"], inputs["s3BucketOwner"]) == ("theirs", "210987654321")
    assert (inputs["s3SseAlgorithm"], inputs["s3SseKmsKeyId"]) == ("KMS", key)
    assert inputs["s3Prefix"].startswith("from-us/")
    step = engine.one(STEP).inputs["arguments"]
    assert (step["order"]["bucket_owner"], step["order"]["kms_key"]) == ("210987654321", key)
    assert step["records_bucket"] == "shop-test-files-123456789012"


def test_export_by_the_provider_is_looked_at_before_it_is_made() -> None:
    assert export("1").one(EXPORT).hooks["before_create"] == ["orders-check"]


def test_selection_that_the_provider_does_not_know_is_a_step_alone() -> None:
    engine = export("1", selection={"filter": "attribute_exists(a)"})
    assert engine.of_type(EXPORT) == []
    assert [step.name for step in engine.of_type(STEP)] == ["orders-export"]


def test_exports_are_kept_for_keep_days() -> None:
    rules = (
        export("1").one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    )
    (rule,) = [rule for rule in rules if rule["filter"]["prefix"] == "exports/orders/"]
    assert rule["expiration"] == {"days": 7}
