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
    GLUE_JOB,
    INSTANCE,
    LOG_GROUP,
    OBJECTS,
    PUBLIC_ACCESS_BLOCK,
    SERVERLESS,
    TABLE,
    TOPIC,
    TOPIC_POLICY,
)

DATA = Family("data", "Nothing is public or unencrypted, and no secret is readable.")

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
    "job": {GLUE_JOB: "securityConfiguration"},
    "export": {EXPORT: "s3SseKmsKeyId"},
    "topic": {TOPIC: "kmsMasterKeyId"},
}


@DATA.on_stack(
    "public-access-block",
    why="One wrong ACL or policy makes a bucket public, unless the bucket blocks public access.",
    remedy="give the bucket a BucketPublicAccessBlock with all four settings true",
)
def buckets_refuse_to_be_public(stack: Stack, _: Settings) -> Findings:
    """Check that every bucket has a block with all four settings."""
    for bucket in stack.of(*BUCKETS):
        blocks = _of_bucket(stack, bucket, PUBLIC_ACCESS_BLOCK)
        if not blocks:
            yield Finding(bucket, "publicAccessBlock", None, "a bucket blocks public access")
        for block in blocks:
            for name in BLOCKS:
                yield from expect(block, name, is_on, "all four are true")


@DATA.on_stack(
    "encryption",
    why="The key that encrypts files at rest is a deliberate choice.",
    remedy="give the bucket a BucketServerSideEncryptionConfiguration",
    settings={"algorithms": texts(["AES256", "aws:kms", "aws:kms:dsse"], "the algorithms allowed")},
)
def buckets_say_how_they_encrypt(stack: Stack, settings: Settings) -> Findings:
    """Check the algorithm against those allowed; `aws:kms` alone requires KMS."""
    for bucket in stack.of(*BUCKETS):
        encryptions = _of_bucket(stack, bucket, *ENCRYPTIONS)
        if not encryptions:
            yield Finding(bucket, "serverSideEncryption", None, "a bucket sets its encryption")
        for encryption in encryptions:
            yield from _algorithm(encryption, settings["algorithms"])


@DATA.on(
    frozenset(path for paths in KEYS.values() for path in paths),
    "kms",
    why="With your own key, access to data is logged and can be revoked in one place.",
    remedy="name a key of AWS KMS",
    settings={"for": texts([], f"what must have a separate key: {', '.join(KEYS)}")},
)
def has_a_key_where_asked(resource: Resource, settings: Settings) -> Findings:
    """Check what the configuration names; a key that is created in the same stack counts."""
    for kind in settings["for"]:
        path = KEYS.get(kind, {}).get(resource.type)
        if path and resource.peek(path) is None:
            yield Finding(resource, path, None, "it has a separate key")


@DATA.on_stack(
    "tls-only",
    why="A request without TLS can be read by everyone on the network path.",
    remedy="deny `s3:*` in the bucket's policy if aws:SecureTransport is false",
)
def buckets_refuse_requests_without_tls(stack: Stack, _: Settings) -> Findings:
    """Check that a policy exists; `data-tls-policy` checks its content once it is known."""
    for bucket in stack.of(*BUCKETS):
        if bucket.peek("policy") is None and not _of_bucket(stack, bucket, BUCKET_POLICY):
            yield Finding(bucket, "bucketPolicy", None, "a bucket refuses requests without TLS")


@DATA.on(
    frozenset({BUCKET_POLICY, *BUCKETS}),
    "tls-policy",
    why="A request without TLS can be read by everyone on the network path.",
    remedy="deny `s3:*` on the bucket and its objects if aws:SecureTransport is false",
)
def bucket_policy_denies_requests_without_tls(policy: Resource, _: Settings) -> Findings:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html."""
    if policy.type in BUCKETS and policy.peek("policy") is None:
        return
    found = list(statements(policy, "policy"))
    if not policy.unread and not any(map(_denies_without_tls, found)):
        yield Finding(policy, "policy", policy.peek("policy"), "no statement denies requests without TLS")


@DATA.on(
    frozenset({BUCKET_POLICY, TOPIC, TOPIC_POLICY, *BUCKETS, *ACLS, *OBJECTS}),
    "not-public",
    why="The files hold the rows of the table: whoever can read the bucket can read the table. Whoever can "
    "publish to a topic can send false notices.",
    remedy="allow only named principals, and omit ACLs",
)
def nothing_is_public(resource: Resource, _: Settings) -> Findings:
    """Reject public ACLs, and statements that allow everyone by S3's definition of public."""
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


# Left out means public: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationInstance.html
DATA.expect(
    INSTANCE,
    "private-instance",
    "publiclyAccessible",
    is_off,
    "instances have no public address",
    why="By default, AWS gives an instance a public address.",
    remedy="set `publicly_accessible=False`",
)


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
    """Return whether it denies everyone everything, on the bucket and on its objects."""
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
