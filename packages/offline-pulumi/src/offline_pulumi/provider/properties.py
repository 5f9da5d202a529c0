"""Between the engine's protobuf structures and Python values: numbers, unknowns, assets."""

from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's mark for a value that is not known before the update. Source: pulumi/runtime/rpc.py."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks an object with a meaning of its own. Source: pulumi/runtime/rpc.py."""
ASSET = "c44067f5952c0a294b673a41bacd8c17"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, not a secret


@dataclass(frozen=True)
class Asset:
    """Stands for a file or a text given as an argument; equal when the contents are."""

    hash: str
    path: str = ""
    text: str = ""
    uri: str = ""

    def marked(self) -> dict[str, Any]:
        """Return the object that the engine takes for this asset."""
        content = {"path": self.path} if self.path else {"uri": self.uri} if self.uri else {"text": self.text}
        return {SIGNATURE: ASSET, "hash": self.hash, **content}


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The Python values of a structure; keys of the engine's own (`__defaults`) and nulls are left out."""
    return {
        key: found
        for key, value in struct.fields.items()
        if not key.startswith("__") and (found := _from_value(value)) is not None
    }


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_value(each) for each in value.list_value.values]
        case "struct_value":
            return _from_object(value.struct_value)
        case _:
            return None


def _from_object(struct: struct_pb2.Struct) -> Any:
    mark = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else ""
    if mark == SECRET:
        return _from_value(struct.fields["value"])
    content = from_struct(struct)
    if mark == ASSET:
        return Asset(**{key: content.get(key, "") for key in ("hash", "path", "text", "uri")})
    return content


def to_struct(values: dict[str, Any]) -> struct_pb2.Struct:
    """Return the structure of Python values; None is left out."""
    struct = struct_pb2.Struct()
    struct.update({key: _plain(value) for key, value in values.items() if value is not None})
    return struct


def _plain(value: Any) -> Any:
    if isinstance(value, Asset):
        return value.marked()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def has_unknown(value: Any) -> bool:
    """Return whether a value is unknown, or holds something that is."""
    if isinstance(value, dict):
        return any(has_unknown(each) for each in value.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)  # pyright: ignore[reportUnknownVariableType]
    return value == UNKNOWN
