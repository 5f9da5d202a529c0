"""Data protection: nothing public, nothing in the clear."""

from fnmatch import fnmatchcase
from typing import Any, cast

from policies.iam_documents import Statement, listed, statements
from policies.resources import Resource, Stack
from policies.rule import Family, Finding, Findings, Settings, expect, is_off, is_on, texts
from policies.tokens import (
    ACLS,
    BUCKET_POLICY,
    BUCKETS,
    ENCRYPTIONS,
    ENDPOINTS,
    EXPORT,
    INSTANCE,
    LOG_GROUP,
    OBJECTS,
    PUBLIC_ACCESS_BLOCK,
    SERVERLESS,
    TABLE,
)

DATA = Family("data", "Nothing public, nothing in the clear, no secret where it can be read.")

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
NARROWING = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
)
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read", "website")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups
GRANTS = ("grants", "accessControlPolicy.grants")
EVERYONE = tuple(
    f"http://acs.amazonaws.com/groups/global/{who}" for who in ("AllUsers", "AuthenticatedUsers")
)
# Where a type names its key, by the word that a configuration uses for it.
KEYS: dict[str, dict[str, str]] = {
    "table": {TABLE: "serverSideEncryption.kmsKeyArn"},
    "instance": {INSTANCE: "kmsKeyArn", SERVERLESS: "computeConfig.kmsKeyId"},
    "endpoint": dict.fromkeys(ENDPOINTS, "kmsKeyArn"),
    "logs": {LOG_GROUP: "kmsKeyId"},
    "export": {EXPORT: "s3SseKmsKeyId"},
}


@DATA.on_stack(
    "public-access-block",
    why="One wrong ACL or policy makes a bucket public, unless the bucket refuses.",
    remedy="give the bucket a BucketPublicAccessBlock with all four settings true",
)
def buckets_refuse_to_be_public(stack: Stack, _: Settings) -> Findings:
    """Return every bucket has a block, with all of its settings."""
    for bucket in stack.of(*BUCKETS):
        blocks = _of_bucket(stack, bucket, PUBLIC_ACCESS_BLOCK)
        if not blocks:
            yield Finding(bucket, "publicAccessBlock", None, "a bucket refuses to be public")
        for block in blocks:
            for name in BLOCKS:
                yield from expect(block, name, is_on, "all four are true")


@DATA.on_stack(
    "encryption",
    why="Files at rest are encrypted with a key that someone chose, not by accident.",
    remedy="give the bucket a BucketServerSideEncryptionConfiguration",
    settings={"algorithms": texts(["AES256", "aws:kms", "aws:kms:dsse"], "the algorithms allowed")},
)
def buckets_say_how_they_encrypt(stack: Stack, settings: Settings) -> Findings:
    """Return an algorithm among those allowed: `aws:kms` alone asks for KMS."""
    for bucket in stack.of(*BUCKETS):
        encryptions = _of_bucket(stack, bucket, *ENCRYPTIONS)
        if not encryptions:
            yield Finding(bucket, "serverSideEncryption", None, "a bucket says how it encrypts")
        for encryption in encryptions:
            yield from _algorithm(encryption, settings["algorithms"])


@DATA.on(
    frozenset(path for paths in KEYS.values() for path in paths),
    "kms",
    why="With a key of one's own, access to data can be taken away in one place, and is logged.",
    remedy="name a key of AWS KMS",
    settings={"for": texts([], f"what must have a key of its own: {', '.join(KEYS)}")},
)
def has_a_key_where_asked(resource: Resource, settings: Settings) -> Findings:
    """Return where the configuration asks; a key that is made in the same stack is one."""
    for kind in settings["for"]:
        path = KEYS.get(kind, {}).get(resource.type)
        if path and resource.peek(path) is None:
            yield Finding(resource, path, None, "it has a key of its own")


@DATA.on_stack(
    "tls-only",
    why="A request without TLS shows the files, and who asks, to everyone on the way.",
    remedy="deny `s3:*` in the bucket's policy where aws:SecureTransport is false",
)
def buckets_refuse_requests_without_tls(stack: Stack, _: Settings) -> Findings:
    """By there being a policy: what it says is checked by `data-tls-policy`, as soon as it is known."""
    for bucket in stack.of(*BUCKETS):
        if bucket.peek("policy") is None and not _of_bucket(stack, bucket, BUCKET_POLICY):
            yield Finding(bucket, "bucketPolicy", None, "a bucket refuses requests without TLS")


@DATA.on(
    frozenset({BUCKET_POLICY, *BUCKETS}),
    "tls-policy",
    why="A request without TLS shows the files, and who asks, to everyone on the way.",
    remedy="deny `s3:*` on the bucket and its objects where aws:SecureTransport is false",
)
def bucket_policy_denies_requests_without_tls(policy: Resource, _: Settings) -> Findings:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html."""
    if policy.type in BUCKETS and policy.peek("policy") is None:
        return
    found = list(statements(policy, "policy"))
    if not policy.unread and not any(map(_denies_without_tls, found)):
        yield Finding(policy, "policy", policy.peek("policy"), "no statement denies requests without TLS")


@DATA.on(
    frozenset({BUCKET_POLICY, *BUCKETS, *ACLS, *OBJECTS}),
    "not-public",
    why="A table's rows are in these files: whoever reads the bucket reads the table.",
    remedy="allow named principals alone, and leave ACLs out",
)
def nothing_is_public(resource: Resource, _: Settings) -> Findings:
    """No public ACL, and no statement that allows everyone, as S3 itself understands that."""
    yield from expect(resource, "acl", lambda acl: acl not in PUBLIC_ACLS, "nothing is public")
    for path in GRANTS:
        for place in range(len(listed(resource.peek(path)))):
            for uri in ("uri", "grantee.uri"):
                yield from expect(
                    resource, f"{path}.{place}.{uri}", lambda to: to not in EVERYONE, "nothing is public"
                )
    for statement in statements(resource, "policy"):
        everyone = any("*" in who for who in statement.principals.values())
        everyone = everyone or "NotPrincipal" in statement.negated
        if statement.allows and everyone and not statement.narrowed(*NARROWING):
            yield Finding(resource, f"policy, {statement.sid}, Principal", "*", "nothing is public")


@DATA.on(
    INSTANCE,
    "private-instance",
    why="AWS gives an instance a public address unless it is told not to.",
    remedy="set `publicly_accessible=False`",
)
def instance_has_no_public_address(instance: Resource, _: Settings) -> Findings:
    """Left out means public: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationInstance.html."""
    yield from expect(instance, "publiclyAccessible", is_off, "instances have no public address")


def _of_bucket(stack: Stack, bucket: Resource, *types: str) -> list[Resource]:
    return [each for each in stack.of(*types) if stack.belongs(each, bucket)]


def _algorithm(encryption: Resource, allowed: list[str]) -> Findings:
    rules = encryption["rules"]
    for place in range(len(cast("list[Any]", rules)) if isinstance(rules, list) else 0):
        path = f"rules.{place}.applyServerSideEncryptionByDefault.sseAlgorithm"
        yield from expect(
            encryption, path, lambda chosen: chosen in allowed, f"allowed are {', '.join(allowed)}"
        )


def _denies_without_tls(statement: Statement) -> bool:
    """For everyone, for everything, and for the bucket as well as its objects."""
    insecure = any(
        operator.lower() in ("bool", "boolifexists") and [value.lower() for value in values] == ["false"]
        for operator, values in statement.condition("aws:SecureTransport")
    )
    alone = sum(map(len, statement.conditions.values())) == 1
    buckets = [arn for arn in statement.resources if "/" not in arn]
    whole = any(_are_denied(statement, bucket, f"{bucket}/any/object") for bucket in buckets)
    return (
        not statement.allows
        and insecure
        and alone
        and any(each.lower() in ("s3:*", "*") for each in statement.actions)
        and any("*" in who for who in statement.principals.values())
        and whole
    )


def _are_denied(statement: Statement, *arns: str) -> bool:
    return all(any(fnmatchcase(arn, each) for each in statement.resources) for arn in arns)
