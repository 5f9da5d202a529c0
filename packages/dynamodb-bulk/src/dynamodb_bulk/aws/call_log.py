"""Logs calls of AWS by their names and results, never by what they are asked or answer."""

import logging
import time
from typing import Any

LOGGER = logging.getLogger("dynamodb_bulk")
LOGGER.addHandler(logging.NullHandler())


def log_calls(client: Any) -> None:
    """Log each call of a client, if anyone wants to read that: debug, and a warning where AWS refuses it."""
    if not LOGGER.isEnabledFor(logging.WARNING) or isinstance(LOGGER.handlers[0], logging.NullHandler):
        return

    def before(context: dict[str, Any], **_: Any) -> None:
        context["bulk_began"] = time.monotonic()

    def after(model: Any, context: dict[str, Any], parsed: dict[str, Any], **_: Any) -> None:
        answer, error = parsed.get("ResponseMetadata", {}), parsed.get("Error", {})
        event = {
            "service": model.service_model.service_name,
            "operation": model.name,
            "status": answer.get("HTTPStatusCode"),
            "milliseconds": round((time.monotonic() - context["bulk_began"]) * 1_000),
            "retries": answer.get("RetryAttempts", 0),
            "request_id": answer.get("RequestId"),
        }
        refused = {"code": error["Code"]} if error.get("Code") else {}
        level = logging.WARNING if refused and answer.get("HTTPStatusCode", 0) != 404 else logging.DEBUG
        LOGGER.log(level, "call", extra={"event": event | refused})

    client.meta.events.register("before-call", before)
    client.meta.events.register("after-call", after)
