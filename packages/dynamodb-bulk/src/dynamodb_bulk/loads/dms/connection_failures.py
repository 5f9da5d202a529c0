"""What DMS says of an endpoint that it cannot reach, in one line with what to do about it.

AWS documents that there is a message (`LastFailureMessage`), not its words: those looked for here are from
messages that users published. A message without any of them is shown alone.
https://docs.aws.amazon.com/dms/latest/APIReference/API_Connection.html
"""

import re
from collections.abc import Mapping
from typing import Literal

Side = Literal["source", "target"]

_SERVICES: Mapping[Side, str] = {"source": "S3", "target": "DynamoDB"}
# The first that is found counts: a denial of the role can name a key or a bucket, too.
_REMEDIES: tuple[tuple[str, str, str], ...] = (
    (
        r"assume",
        "DMS cannot assume the role of the load",
        "its trust policy has to allow sts:AssumeRole to dms.amazonaws.com for this account, which "
        "`pulumi up --refresh` restores; a service control policy can deny it, too",
    ),
    (
        r"\bkms\b|\bkey arn",
        "the role of the load may not use the key",
        "set source.kms_key in the dataset, and allow the role in the key's policy",
    ),
    (
        r"access.?denied|not authorized|forbidden|\b403\b",
        "the role of the load is denied access to {service}",
        "look at the policies of the bucket or table, of the VPC endpoint, and at bulk:permissions_boundary",
    ),
    (
        r"both have to be in one region|permanent.?redirect|wrong region|\b301\b",
        "the bucket is in a different Region than the replication instance",
        "load in the Region of the bucket: DMS reads no other",
    ),
    (
        r"no.?such.?bucket|bucket \S+ does not exist",
        "the bucket does not exist",
        "look at source.location in the dataset",
    ),
    (
        r"time[d-]?.?out|network error|cannot connect|can't connect|couldn't connect|no route|unreachable",
        "the replication instance has no route to {service}",
        "its subnets need a gateway endpoint for it in their route tables, and its security groups outgoing "
        "HTTPS: see bulk:network. A bucket with versions can time out in the same way",
    ),
)
_PREFIX = re.compile(r"^Test Endpoint failed: (?:Application-Status: \d+, )?(?:Application-Message: )?")


def in_words(message: str, side: Side) -> str:
    """Return the cause and what to do, followed by what DMS says of it."""
    said = " ".join(_PREFIX.sub("", message).split())
    for pattern, cause, remedy in _REMEDIES:
        if re.search(pattern, message, re.IGNORECASE):
            return f"{cause.format(service=_SERVICES[side])}; {remedy}. DMS: {said}"
    return said
