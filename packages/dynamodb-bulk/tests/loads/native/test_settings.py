"""What a table gets that an import cannot give it."""

from datetime import datetime

from botocore.stub import Stubber

from bulk_testing.native_load import load
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.native.settings import settle_table
from dynamodb_bulk.spec.table import Table

BARE = Table.model_validate({"partition_key": {"name": "id"}})
ON = {"PointInTimeRecoveryEnabled": True}
TABLE = {"TableName": "shop-events", "TableStatus": "ACTIVE"}


def test_recovery_is_asked_for_until_aws_has_enabled_the_backups_of_the_new_table() -> None:
    aws = Aws(region="eu-west-1")
    wanted = load().model_copy(update={"point_in_time_recovery": True})
    request = {"TableName": "shop-events", "PointInTimeRecoverySpecification": ON}
    enabled = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {
            "PointInTimeRecoveryStatus": "ENABLED",
            "EarliestRestorableDateTime": datetime(2026, 11, 25),
        },
    }
    with Stubber(aws.dynamodb) as answers:
        answers.add_response("describe_table", {"Table": TABLE}, {"TableName": "shop-events"})
        answers.add_client_error("update_continuous_backups", "ContinuousBackupsUnavailableException")
        answers.add_response("update_continuous_backups", {"ContinuousBackupsDescription": enabled}, request)
        settle_table(wanted, BARE, aws, lambda _: None)
        answers.assert_no_pending_responses()


def test_table_that_nothing_exports_is_left_without_recovery() -> None:
    aws = Aws(region="eu-west-1")
    with Stubber(aws.dynamodb) as answers:
        answers.add_response("describe_table", {"Table": TABLE}, {"TableName": "shop-events"})
        settle_table(load(), BARE, aws, lambda _: None)
        answers.assert_no_pending_responses()
