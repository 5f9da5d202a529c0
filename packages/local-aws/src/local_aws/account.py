"""The one account of local AWS, and the ids of what is made in it."""

import secrets
import time

ACCOUNT = "123456789012"
PARTITION = "aws"


def new_id(seconds: float | None = None) -> str:
    """Return the last part of the ARN of an import, export or bulk put that begins now or at a time."""
    return f"{int((seconds or time.time()) * 1000):014d}-{secrets.token_hex(4)}"
