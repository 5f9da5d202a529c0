"""What is reported in one line: a user's mistake, a load that is not good, what AWS refuses."""

import re
from collections.abc import Callable
from typing import TypeVar, cast

from dynamodb_bulk.spec.errors import InputError, LoadFailed

_SIGN_IN = "sign in again (`aws sso login`, or new keys), then run this again"
_CREDENTIALS = (
    "give valid credentials (AWS_PROFILE, aws:profile or AWS_ACCESS_KEY_ID) and try them with "
    "`aws sts get-caller-identity`"
)
_CLOCK = "set this machine's clock right (AWS refuses one that is minutes off), then run this again"
_ALLOW = "allow it in the policies of the user or role that runs this"
_REACH = "check aws:region, AWS_ENDPOINT_URL and the network"
_START = "start local AWS with `.venv/bin/bulk local up`, then run this again"
_WAIT = "run this again in a minute"
_REMEDIES = tuple(
    (re.compile(pattern, re.IGNORECASE), remedy)
    for pattern, remedy in (
        (r"TimeTooSkewed|InTheFuture|Signature (expired|not yet)", _CLOCK),
        (r"Expired|SSO ?Token|sso session|failed to refresh cached credentials", _SIGN_IN),
        (r"AccessDenied|UnauthorizedOperation|not authorized", _ALLOW),
        (
            r"InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|InvalidToken|AuthFailure|Signature"
            r"|Credential|ProfileNotFound|config profile",
            _CREDENTIALS,
        ),
        (r"Throttl|TooManyRequests|SlowDown|LimitExceeded", _WAIT),
        (r"""endpoint URL: "https?://(127\.|localhost|\[::1\])""", _START),
        (
            r"UnreadableAnswer|ResponseParser|HTML page|Region|Endpoint|Connect|Timeout|Proxy|SSL|dial tcp"
            r"|no such host|location constraint|PermanentRedirect|AuthorizationHeaderMalformed",
            _REACH,
        ),
    )
)
"""By the first pattern in an error's code, class or text. Sources: botocore.exceptions, and
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""
_INVOKE = re.compile(r"invoke of (?P<token>\S+) failed: (invocation of \S+ returned an error: )?")


def in_one_line(error: BaseException) -> str | None:
    """Return what the user reads of an error: what, where, what to do; None for a bug.

    Of several errors in a group, each has its line.
    """
    # Imported here, for most processes end without an error, and some import nothing else of these.
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    from dynamodb_bulk.aws.refusals import cause_of, reason

    if isinstance(error, ExceptionGroup):
        lines = [in_one_line(each) for each in cast("ExceptionGroup[Exception]", error).exceptions]
        return None if None in lines else "\n".join(filter(None, lines))
    if isinstance(error, InputError | LoadFailed):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    cause = cause_of(error)
    if isinstance(cause, ClientError):
        return _with_remedy(f"AWS refused {cause.operation_name}", reason(cause))
    if isinstance(cause, BotoCoreError | ResponseParserError | Boto3Error):
        return _with_remedy("AWS", reason(cause), type(cause).__name__)
    # A failed look-up by the provider is a bare Exception with the provider's text.
    if type(error) is Exception and (invoked := _INVOKE.match(str(error))):
        token = invoked["token"].rpartition(":")[2]
        return _with_remedy(f"AWS provider, {token}", str(error)[invoked.end() :])
    return None


Value = TypeVar("Value")


def unless_denied(read: Callable[[], Value], otherwise: Callable[[str], Value]) -> Value:
    """Return what is read; where AWS denies that, the value for the line that says what to allow.

    It is for what can be left out: a policy of an earlier version may lack it.
    """
    from botocore.exceptions import ClientError

    from dynamodb_bulk.aws import is_denied

    try:
        return read()
    except ClientError as error:
        if not is_denied(error):
            raise
        return otherwise(str(in_one_line(error)))


def _with_remedy(where: str, words: str, kind: str = "") -> str:
    """Return the text on one line, as providers add blank lines and hints of their own."""
    text = f"{where}: {' '.join(words.split()).rstrip('.')}"
    remedy = remedy_of(f"{kind} {words}")
    return f"{text}; {remedy}" if remedy else text


def remedy_of(words: str) -> str:
    """Return what to do about an error of AWS, or of the way there, by its code, class or text."""
    return next((remedy for pattern, remedy in _REMEDIES if pattern.search(words)), "")
