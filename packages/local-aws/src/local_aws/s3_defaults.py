"""What every bucket of S3 has without being asked, and moto's have not: a payer, and encryption.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
"""

import re
from typing import Any

from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

ENCRYPTION = "AES256"
_PAYER = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<RequestPaymentConfiguration '
    b'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Payer>BucketOwner</Payer></RequestPaymentConfiguration>'
)

_get_bucket, _init_key = S3Response._bucket_response_get, FakeKey.__init__  # pyright: ignore[reportPrivateUsage]


def keep_s3_defaults() -> None:
    """Let the buckets of this process have them."""
    setattr(S3Response, "_bucket_response_get", _bucket)  # noqa: B010 - a method of moto's own
    setattr(FakeKey, "__init__", _key)  # noqa: B010


def _bucket(self: S3Response, bucket_name: str, querystring: dict[str, Any]) -> Any:
    answer = _get_bucket(self, bucket_name, querystring)
    if "notification" in querystring:
        return _with_event_bridge(self, bucket_name, answer)
    return _PAYER.decode() if "requestPayment" in querystring else answer


def _with_event_bridge(self: S3Response, bucket_name: str, answer: Any) -> Any:
    """Return the notifications with that to EventBridge, which moto sends and does not tell.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
    """
    kept = self.backend.get_bucket(bucket_name).notification_configuration
    if kept is None or kept.event_bridge is None:
        return answer
    name, told = "NotificationConfiguration", "<EventBridgeConfiguration/>"
    status, headers, text = answer
    text = re.sub(rf"<{name}([^>]*)/>", rf"<{name}\1></{name}>", text)
    return status, headers, text.replace(f"</{name}>", f"{told}</{name}>")


def _key(self: FakeKey, *given: Any, **named: Any) -> None:
    _init_key(self, *given, **named)
    self.encryption = self.encryption or ENCRYPTION
