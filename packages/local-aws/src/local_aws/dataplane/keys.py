"""Keys of KMS: which one encrypts an object or a table, and who may use it.

Sources: https://docs.aws.amazon.com/kms/latest/developerguide/control-access.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from collections.abc import Iterable
from typing import Any

from moto.dynamodb.models.table import Table
from moto.kms.models import Key, kms_backends
from moto.s3.models import FakeBucket

from local_aws.account import ACCOUNT, PARTITION
from local_aws.dataplane.policies import Context, effects, naming, statements
from local_aws.dataplane.roles import AssumedRole, DeniedError

# What DynamoDB needs at a minimum, in the name of who makes, reads or writes a table.
OF_TABLES = tuple(
    f"kms:{action}"
    for action in (
        *("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey"),
        *("GenerateDataKeyWithoutPlaintext", "DescribeKey", "CreateGrant"),
    )
)
READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
_ROOT = f"arn:{PARTITION}:iam::{ACCOUNT}:root"


class UnusableKeyError(DeniedError):
    """The key does not exist, or is not enabled; `state` says which."""

    def __init__(self, text: str, state: str = "") -> None:
        super().__init__(text)
        self.state = state


def find_key(name: str, region: str) -> Key | None:
    """Return a key by its ID, alias or ARN; None for one that AWS has in every account, such as aws/s3.

    An ID or alias is looked for in the account that asks, whoever has the bucket. Raise UnusableKeyError.
    """
    account, of_region = ACCOUNT, region
    if name.startswith("arn:"):
        _, _, _, of_region, account, _ = name.split(":", 5)
    try:
        if of_region != region:
            raise KeyError(name)
        key = kms_backends[account][region].describe_key(name)
    except (KeyError, TypeError, AttributeError):
        if "alias/aws/" in name:
            return None
        raise UnusableKeyError(f"Key '{name}' does not exist") from None
    if key.key_state != "Enabled":
        how = "disabled" if key.key_state == "Disabled" else "pending deletion"
        raise UnusableKeyError(f"{key.arn} is {how}.", key.key_state)
    return None if _is_aws_owned(key) else key


def _is_aws_owned(key: Key) -> bool:
    return any(alias.startswith("alias/aws/") for alias in key.aliases)


def require_key(key: Key | None, actions: Iterable[str], service: str, role: AssumedRole | None) -> None:
    """Raise DeniedError for the first action that a role, or the account itself, may not do with a key.

    A key's policy decides: by naming who asks, or by naming the account, whose own policies decide then.
    """
    if key is None:
        return
    who = role.arn if role else _ROOT
    context: Context = {
        "kms:viaservice": frozenset({f"{service}.{key.region}.amazonaws.com"}),
        "kms:calleraccount": frozenset({ACCOUNT}),
        "aws:principalarn": frozenset({who}),
    }
    rules = statements([key.policy])
    for action in actions:
        named = effects(naming(rules, (who, "*")), action, key.arn, context)
        account = effects(naming(rules, (_ROOT, ACCOUNT)), action, key.arn, context)
        own = effects(role.rules, action, key.arn, context) if role else {"Allow"}
        is_ours = key.account_id == ACCOUNT
        allowed = "Allow" in (named | account if "Allow" in own else named if is_ours else ())
        if not allowed or "Deny" in named | account | own:
            raise DeniedError(f"{who} is not authorized to perform: {action} on resource: {key.arn}")


def require_key_of_object(body: Any, bucket: FakeBucket, role: AssumedRole | None = None) -> None:
    """Raise DeniedError if the role, or the account itself, may not read an object for its encryption."""
    if str(body.encryption).startswith("aws:kms") and body.kms_key_id:
        require_key(find_key(body.kms_key_id, bucket.region_name), READ, "s3", role)


def require_key_of_table(table: Table, role: AssumedRole | None = None) -> None:
    """Raise DeniedError if the role, or the account itself, may not use a table for its encryption."""
    encryption = table.sse_specification or {}
    if encryption.get("Enabled") and (name := encryption.get("KMSMasterKeyId")):
        require_key(find_key(name, str(table.region_name)), OF_TABLES, "dynamodb", role)
