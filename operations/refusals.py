"""What AWS refuses or leaves unanswered: whether that passes by itself, and one line on it."""

from boto3.exceptions import Boto3Error
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's, whose name it is
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from dataset.errors import InputError
from operations.load import LoadFailed

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
_CREDENTIALS = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
_NO_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)


def passes(error: BaseException) -> bool:
    """Whether the same call can succeed in a while: an outage, a connection that broke, throttling.

    An InputError or a LoadFailed passes when what it was made from does.
    """
    cause = _cause(error)
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return _code(cause) in _PASSING or status == 429 or status >= 500
    if isinstance(cause, SSLError):  # a certificate stays wrong
        return "certificate" not in str(cause)
    return isinstance(cause, ConnectionError | HTTPClientError | IncompleteReadError | ResponseParserError)


def reason(error: BaseException) -> str:
    """What AWS, or the network, said: one line without what to do."""
    cause = _cause(error)
    if isinstance(cause, ClientError):
        said = cause.response.get("Error", {})
        text = ": ".join(part for part in (said.get("Code", ""), said.get("Message", "")) if part)
    else:
        text = str(cause)
    return " ".join((text or type(cause).__name__).split())


def refusal(error: BaseException) -> str | None:
    """One line: the call, what AWS said, what to do; None for what neither AWS nor the network refused."""
    cause = _cause(error)
    if not isinstance(cause, BotoCoreError | ClientError | ResponseParserError | Boto3Error):
        return None
    call = f"AWS refused {cause.operation_name}: " if isinstance(cause, ClientError) else ""
    return f"{call}{reason(cause)}; {_remedy(cause)}"


def _remedy(error: BaseException) -> str:
    code = _code(error)
    if code in DENIED:
        return "allow the call to your credentials and run the command again"
    if code in _CREDENTIALS or isinstance(error, _NO_CREDENTIALS):
        return "renew your credentials and run the command again"
    if passes(error):
        return "run the command again when AWS answers: it goes on where this one stopped"
    return "fix this and run the command again"


def _code(error: BaseException) -> str:
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def _cause(error: BaseException) -> BaseException:
    """The error of AWS that another one was raised for."""
    while isinstance(error, InputError | LoadFailed | Boto3Error) and error.__context__ is not None:
        error = error.__context__
    return error
