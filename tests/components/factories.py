"""Arguments that components' tests start from."""

from typing import Any

from components.stack import Stack
from dynamodb_bulk.aws import Aws
from tests.recording import ACCOUNT


def stack(**changes: Any) -> Stack:
    given: dict[str, Any] = {
        "project": "shop",
        "stack": "test",
        "account": ACCOUNT,
        "region": "eu-west-1",
        "partition": "aws",
        "production": False,
        "tags": {"team": "data"},
        "client": Aws(region="eu-west-1"),
    }
    return Stack(**(given | changes))
