"""The outputs that Pulumi has recorded for the stack's resources, asked from its own backend in one call.

A state in files is read while the engine may be writing it, and half a file is an error ("failed to load
checkpoint: EOF", seen with a local backend): then it is read again.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

Recorded = Mapping[tuple[str, str], Mapping[str, Any]]
"""By type and logical name."""

_FUNCTION = "pulumi:pulumi:readStackResourceOutputs"
_BEING_WRITTEN = "failed to load checkpoint"
_WAITS = (0.1, 0.2, 0.4, 0.8, 1.6)


def recorded_outputs() -> Recorded:
    """Ask while the program declares its resources."""
    waits = iter(_WAITS)
    while True:
        try:
            return _by_type_and_name(pulumi.runtime.invoke(_FUNCTION, _this_stack()).value)
        except Exception as error:  # pulumi raises no narrower one
            if (pause := _pause(error, waits)) is None:
                raise
        time.sleep(pause)


def recorded_method(load: str, recorded: Recorded) -> str | None:
    """Return the method that the state has a load by; None where it has no load of the name."""
    for (_, name), outputs in recorded.items():
        described: Mapping[str, Any] | None = outputs.get("load")
        if name == load and described:
            return described.get("by") or described.get("method")
    return None


async def recorded_outputs_in_hook() -> Recorded:
    """Ask in a hook, where the event loop is running."""
    waits = iter(_WAITS)
    while True:
        try:
            return _by_type_and_name(await pulumi.runtime.invoke_async(_FUNCTION, _this_stack()))
        except Exception as error:  # pulumi raises no narrower one
            if (pause := _pause(error, waits)) is None:
                raise
        await asyncio.sleep(pause)


def _pause(error: Exception, waits: Iterator[float]) -> float | None:
    """Return the seconds until the state is read again; None where that does not help."""
    return next(waits, None) if _BEING_WRITTEN in str(error) else None


def _this_stack() -> dict[str, str]:
    return {"stackName": f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"}


def _by_type_and_name(answer: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Recorded:
    recorded: dict[tuple[str, str], Mapping[str, Any]] = {}
    for urn, resource in answer["outputs"].items():
        _, _, types, name = urn.split("::", 3)
        recorded[types.rpartition("$")[2], name] = resource.get("outputs") or {}
    return recorded
