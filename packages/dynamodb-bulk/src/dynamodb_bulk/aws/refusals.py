"""Refusals and missing responses of AWS: whether they pass by themselves, and their message."""

import re
from datetime import UTC, datetime
from typing import Any, cast

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's, whose name it is
    HTTPClientError,
    IncompleteReadError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)

from dynamodb_bulk.aws.clock import told_time
from dynamodb_bulk.spec.errors import InputError, LoadFailed

DENIED = ("AccessDenied", "AccessDeniedException", "AccessDeniedFault", "UnauthorizedOperation")
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_PASSING = (
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "KMSThrottlingException",
    "KMSThrottlingFault",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "Unavailable",
)
_PAGE = re.compile(r"(\bb['\"])?<(!doctype html|html)\b.*", re.IGNORECASE | re.DOTALL)

# Of DynamoDB, and of Glue: https://docs.aws.amazon.com/glue/latest/webapi/API_StartJobRun.html
_AT_LIMIT = (
    "LimitExceededException",
    "ConcurrentRunsExceededException",
    "ResourceNumberLimitExceededException",
)
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired")
# The date of a request is too far from AWS's: S3's code, and what others say of a signature that does not
# match. RequestExpired, of EC2, may mean that, too, and mostly means expired credentials.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
_SKEWED = re.compile(r"RequestTimeTooSkewed|RequestInTheFuture|Signature (expired|not yet current)")


def is_gone(error: ClientError) -> bool:
    """Whether AWS refuses since the thing does not exist."""
    return any(word in _code(error) for word in ("NotFound", "NoSuch", "DoesNotExist"))


def passes(error: BaseException) -> bool:
    """Return whether the same call can succeed in a while: an outage, a connection that broke, throttling.

    An InputError or a LoadFailed passes when what it was made from does.
    """
    from botocore.parsers import ResponseParserError  # brings all of urllib3

    cause = cause_of(error)
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return _code(cause) in _PASSING or status == 429 or status >= 500
    if isinstance(cause, SSLError):  # a certificate stays wrong
        return "certificate" not in str(cause)
    return isinstance(cause, ConnectionError | HTTPClientError | IncompleteReadError | ResponseParserError)


def at_limit(error: BaseException) -> bool:
    """Return whether AWS runs as many operations of the kind as it allows, and one has to end first."""
    return _code(cause_of(error)) in _AT_LIMIT


def expired(error: BaseException) -> bool:
    """Return whether the credentials were valid and are not any more."""
    cause = cause_of(error)
    return _code(cause) in _EXPIRED or isinstance(cause, SSOError | TokenRetrievalError)


def reason(error: BaseException) -> str:
    """Return what AWS, or the network, said: one line without what to do."""
    cause = cause_of(error)
    if isinstance(cause, ClientError):
        said = cause.response.get("Error", {})
        text = ": ".join(part for part in (said.get("Code", ""), said.get("Message", "")) if part)
        if _SKEWED.search(text) and (told := told_time(cast("Any", cause.response))):
            here, there = (f"{clock:%Y-%m-%d %H:%M:%S}" for clock in (datetime.now(UTC), told))
            text += f"; this machine's clock says {here} UTC, AWS's {there}"
    else:
        text = str(cause)
    return " ".join(_PAGE.sub("an HTML page, which is not AWS's", text or type(cause).__name__).split())


def _code(error: BaseException) -> str:
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def cause_of(error: BaseException) -> BaseException:
    """Return the error of AWS that another one was raised for."""
    from boto3.exceptions import Boto3Error  # brings all of boto3

    while isinstance(error, InputError | LoadFailed | Boto3Error) and error.__context__ is not None:
        error = error.__context__
    return error
