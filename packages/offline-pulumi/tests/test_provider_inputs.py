import json

import pytest
from pulumi_aws.dms import S3EndpointArgs

from offline_pulumi.provider.differences import difference
from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.inputs import failures, named
from offline_pulumi.provider.model import Props
from offline_pulumi.provider.properties import UNKNOWN, Asset, from_struct, to_struct
from offline_pulumi.provider.settings import loopback, read_settings
from offline_pulumi.provider.types import TYPES
from offline_pulumi.provider.types.dms import shape_s3
from offline_pulumi.provider.types.dms_task import same_settings

BUCKET = TYPES["aws:s3/bucket:Bucket"]
ROLE = TYPES["aws:iam/role:Role"]
TABLE = TYPES["aws:dynamodb/table:Table"]
INSTANCE = TYPES["aws:dms/replicationInstance:ReplicationInstance"]
ENDPOINT = TYPES["aws:dms/endpoint:Endpoint"]


def changes(entry_token: str, old: Props, new: Props) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    found = difference(TYPES[entry_token], old, new, state={}, default_tags={}, name="x")
    return found.changed, found.replaces, found.delete_first


def test_check_when_argument_is_unknown_names_it_and_the_known_ones() -> None:
    found = failures(BUCKET, {"bukket": "x"})
    assert "'bukket'" in found["bukket"]
    assert "bucket" in found["bukket"]


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        ("aws:dms/s3Endpoint:S3Endpoint", {"parquetVersion": "parquet-2-0"}, "parquetVersion"),
        ("aws:iam/role:Role", {"forceDetachPolicies": True}, "forceDetachPolicies"),
        ("aws:dynamodb/table:Table", {"replicas": [{"propagateTags": True}]}, "replicas[0].propagateTags"),
    ],
)
def test_check_refuses_what_only_the_real_provider_can_do(token: str, inputs: Props, path: str) -> None:
    assert (
        "in the local replacement for pulumi-resource-aws; it knows" in failures(TYPES[token], inputs)[path]
    )


def test_check_when_block_has_unknown_field_names_its_path() -> None:
    inputs = {"hashKey": "a", "attributes": [{"name": "a", "type": "S"}], "ttl": {"attribute": "x"}}
    assert set(failures(TABLE, inputs)) == {"ttl.attribute"}


def test_check_reports_the_expected_type_when_it_is_wrong() -> None:
    inputs = {
        "replicationInstanceId": "a",
        "replicationInstanceClass": "dms.t3.medium",
        "allocatedStorage": [50],
    }
    assert "must be of type number" in failures(INSTANCE, inputs)["allocatedStorage"]


def test_check_when_values_are_unknown_accepts_them() -> None:
    assert failures(TABLE, {"hashKey": UNKNOWN, "attributes": UNKNOWN, "tags": UNKNOWN}) == {}


def test_check_when_attribute_is_in_no_key_fails_as_the_real_provider() -> None:
    inputs = {"hashKey": "a", "attributes": [{"name": "a", "type": "S"}, {"name": "b", "type": "S"}]}
    assert "Unused attributes: ['b']" in failures(TABLE, inputs)["attributes"]


def test_check_when_dynamodb_endpoint_has_no_role_fails() -> None:
    inputs = {"endpointId": "x", "endpointType": "target", "engineName": "dynamodb"}
    assert "service_access_role" in failures(ENDPOINT, inputs)["serviceAccessRole"]


def test_name_when_left_out_is_generated_and_kept() -> None:
    first = named(ROLE, {}, {}, "loader", b"seed")
    assert first["name"].startswith("loader-")
    assert named(ROLE, {}, first, "loader", b"other") == first


def test_diff_is_empty_when_policy_is_written_differently() -> None:
    one = {"Version": "1", "Statement": [{"Action": ["s3:GetObject"], "Resource": ["a", "b"]}]}
    other = {"Statement": {"Resource": ["b", "a"], "Action": "s3:GetObject"}, "Version": "1"}
    old, new = ({"assumeRolePolicy": json.dumps(each), "name": "r"} for each in (one, other))
    assert changes(ROLE.type, old, new)[0] == ()


def test_diff_when_fixed_name_stays_and_another_key_replaces_deletes_first() -> None:
    old = {"name": "orders", "hashKey": "a", "attributes": []}
    assert changes(TABLE.type, old, old | {"hashKey": "b"}) == (("hashKey",), ("hashKey",), True)


def test_diff_when_name_changes_creates_first() -> None:
    old = {"name": "orders", "hashKey": "a"}
    assert changes(TABLE.type, old, old | {"name": "events"}) == (("name",), ("name",), False)


def test_diff_when_name_is_generated_creates_first() -> None:
    old = {"name": "x-0123abc", "hashKey": "a"}
    assert changes(TABLE.type, old, old | {"hashKey": "b"})[2] is False


def test_diff_when_replacing_value_is_unknown_replaces() -> None:
    old = {"replicationInstanceId": "a", "replicationSubnetGroupId": "g"}
    assert changes(INSTANCE.type, old, old | {"replicationSubnetGroupId": UNKNOWN})[1] == (
        "replicationSubnetGroupId",
    )


def test_diff_when_asset_content_changes_updates() -> None:
    token = "aws:s3/bucketObjectv2:BucketObjectv2"
    old, new = ({"bucket": "b", "key": "k", "source": Asset(digest, path="a.csv")} for digest in ("1", "2"))
    assert changes(token, old, new) == (("source",), (), False)


def test_diff_when_task_moves_to_another_instance_updates_in_place() -> None:
    token = "aws:dms/replicationTask:ReplicationTask"
    assert changes(token, {"replicationInstanceArn": "a"}, {"replicationInstanceArn": "b"})[1] == ()


def test_diff_when_default_tags_change_shows_all_tags() -> None:
    inputs: Props = {"bucket": "b"}
    found = difference(BUCKET, inputs, inputs, state={"tagsAll": {}}, default_tags={"team": "data"}, name="b")
    assert found.changed == ("tagsAll",)


def test_s3_endpoint_when_null_value_is_empty_does_not_send_it() -> None:
    assert shape_s3({"S3Settings": {"CsvNullValue": ""}}, {"endpointType": "target"})["S3Settings"] == {
        "Rfc4180": True
    }


def test_provider_itself_says_that_it_ignores_the_data_format_of_a_source() -> None:
    """The SDK's text is that of the provider's own schema, of the version that is installed.

    Its code: `s3Settings` sends `data_format` of a target alone, in internal/service/dms/s3_endpoint.go of
    https://github.com/hashicorp/terraform-provider-aws/blob/4ca4fcddfe3b4845d46246e1f734061762e60e27/
    """
    said = S3EndpointArgs.__init__.__doc__ or ""
    (data_format,) = [line for line in said.splitlines() if "] data_format: " in line]
    assert "Ignored for source endpoints" in data_format


def test_s3_endpoint_does_not_send_the_data_format_of_a_source() -> None:
    for kind, sent in (("source", {}), ("target", {"DataFormat": "parquet"})):
        settings = shape_s3({"S3Settings": {"DataFormat": "parquet"}}, {"endpointType": kind})["S3Settings"]
        assert settings == {"Rfc4180": True, **sent}


def test_task_settings_when_aws_adds_defaults_agree() -> None:
    assert same_settings(
        '{"Logging":{"EnableLogging":true}}', '{"Logging":{"EnableLogging":true,"x":1},"Y":{}}'
    )


def test_task_settings_differ_when_aws_has_a_different_value() -> None:
    assert not same_settings('{"Logging":{"EnableLogging":true}}', '{"Logging":{"EnableLogging":false}}')


def test_properties_when_asset_and_numbers_pass_through_the_protocol_stay_equal() -> None:
    values = {"n": 5, "f": 1.5, "a": Asset("abc", path="x.csv"), "l": [{"k": True}], "u": UNKNOWN}
    assert from_struct(to_struct(values)) == values


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4566", "http://localhost:1", "http://[::1]:4566", "http://127.9.9.9"]
)
def test_local_endpoint_is_accepted(url: str) -> None:
    assert loopback(url) == url


@pytest.mark.parametrize(
    "url", ["https://dms.eu-west-1.amazonaws.com", "http://10.0.0.1:4566", "http://127.0.0.1.evil.example"]
)
def test_endpoint_elsewhere_is_refused_naming_it_and_the_remedy(url: str) -> None:
    with pytest.raises(Failure, match="never talks to anything else") as refusal:
        read_settings({"endpoints": json.dumps([{"s3": url}])}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert url in str(refusal.value)


def test_missing_endpoint_is_refused() -> None:
    with pytest.raises(Failure, match="AWS_ENDPOINT_URL"):
        read_settings({}, {})


def test_settings_when_endpoint_of_one_service_is_configured_use_it_for_that_service() -> None:
    settings = read_settings(
        {"endpoints": '[{"s3":"http://127.0.0.1:2"}]'}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    )
    assert (settings.endpoint_of("s3"), settings.endpoint_of("dms")) == (
        "http://127.0.0.1:2",
        "http://127.0.0.1:1",
    )
