"""Keys of KMS: their ARNs, and which of them encrypts an object."""

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.refusals import is_gone
from dynamodb_bulk.spec.errors import InputError

# https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
_UNKNOWN = ("NotFoundException", "InvalidArnException")

# What DynamoDB needs at a minimum, in the name of who uses the table:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
TABLE_KEY_ACTIONS = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
    "kms:CreateGrant",
)


def key_arn(key: str, aws: Aws, where: str) -> str:
    """Return the ARN of a key named by its ARN, its ID or an alias, as AWS names it in its answers.

    A key of a different Region is not looked at: an export's bucket can be there. Raise InputError if the key
    does not exist, or encrypts nothing.
    """
    if key.startswith("arn:") and key.split(":")[3] != aws.region and ":key/" in key:
        return key
    try:
        found = aws.kms.describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if is_denied(error):
            if ":key/" in key:
                return key
            remedy = "name the key by its ARN, or allow kms:DescribeKey"
            raise InputError(where, f"{key}: not allowed to look it up", remedy) from None
        if code not in _UNKNOWN:
            raise
        remedy = "name a key of this Region, by its ARN if it belongs to a different account"
        raise InputError(where, f"there is no key {key} in {aws.region}", remedy) from None
    if (state := found.get("KeyState", "Enabled")) != "Enabled":
        raise InputError(where, f"the key {key} is {state}", "enable it, or name a different key")
    if found.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        what = f"the key {key} is {found.get('KeySpec')}, and AWS stores data with symmetric keys alone"
        raise InputError(where, what, "name a key with the spec SYMMETRIC_DEFAULT")
    return found.get("Arn", key)


def own_key_arn(key: str, aws: Aws, where: str) -> str:
    """Return the ARN of a key for a bucket or a table, which have keys of their own Region alone."""
    arn = key_arn(key, aws, where)
    if (region := arn.split(":")[3]) != aws.region:
        raise InputError(where, f"{key} is a key of {region}", f"name a key of {aws.region}")
    return arn


def is_customers(arn: str, aws: Aws) -> bool:
    """Return whether the key has a policy that its users have to be in: AWS's own keys are open to all."""
    try:
        return aws.kms.describe_key(KeyId=arn)["KeyMetadata"].get("KeyManager", "CUSTOMER") == "CUSTOMER"
    except ClientError:
        return True  # AWS's own keys can be looked at by everyone in their account


def key_of_objects(bucket: str, prefix: str, aws: Aws) -> str | None:
    """Return the ARN of the customer's key that encrypts the first object under a prefix, if one does.

    Where looking is not allowed, or there is no object, nothing is known: None.
    """
    try:
        listed = aws.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=10)
        names = [entry.get("Key", "") for entry in listed.get("Contents", [])]
        files = [name for name in names if not name.endswith("/")]
        arn = aws.s3.head_object(Bucket=bucket, Key=files[0]).get("SSEKMSKeyId") if files else None
    except ClientError:
        return None
    return arn if arn and is_customers(arn, aws) else None


def has_versions(bucket: str, aws: Aws) -> bool:
    """Return whether the bucket is versioned, or was: then it can hold versions.

    One that may not be looked at counts as versioned, one that does not exist yet does not.
    """
    try:
        return bool(aws.s3.get_bucket_versioning(Bucket=bucket).get("Status"))
    except ClientError as error:
        if is_gone(error):
            return False
        if not is_denied(error):
            raise
        return True
