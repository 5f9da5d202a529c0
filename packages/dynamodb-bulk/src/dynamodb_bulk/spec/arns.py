"""User input that becomes part of object keys, and of ARNs in policies."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
_ACTIVE = re.compile(r"[*?]|\$\{")


def refuse_wildcards(text: str) -> str:
    """Return the text; raise ValueError if a policy would take part of it for a wildcard or a variable."""
    if found := _ACTIVE.search(text):
        raise ValueError(f"{found[0]} is a wildcard or a variable in IAM policies: use another name")
    return text


def one_part(text: str) -> str:
    """Return the name; raise ValueError if it is more than one part of a path, or not fit for a policy."""
    if "/" in text or text in (".", ".."):
        raise ValueError("a name must not contain a slash or be . or ..")
    return refuse_wildcards(text)


InArn = Annotated[str, AfterValidator(refuse_wildcards)]
"""Text without wildcards."""
KmsKey = Annotated[InArn, Field(pattern=r"^(arn:[^:]+:kms:[^:]+:\d{12}:(key|alias)/.+|alias/.+|[0-9a-z-]+)$")]
"""A key of KMS: its ARN, its ID or an alias."""
PlainName = Annotated[str, AfterValidator(one_part)]
"""A name that is one part of a path and of a key."""
