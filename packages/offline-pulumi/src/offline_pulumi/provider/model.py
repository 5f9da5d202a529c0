"""What an entry of the table of resource types says: arguments, calls, waits."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

Props = dict[str, Any]
"""Properties as Pulumi names them: camelCase, JSON values."""
Members = dict[str, Any]
"""Members of a request or an answer as the service names them."""
Kind = Literal["string", "number", "boolean", "list", "map", "object", "objects", "asset"]
Same = Callable[[Any, Any], bool]


@dataclass(frozen=True, kw_only=True)
class Argument:
    """Describes one argument of a resource type, or of a block within one."""

    name: str
    member: str = ""
    """Dotted path of the request member; empty: the entry's own functions send it, or nothing does."""
    kind: Kind = "string"
    fields: tuple["Argument", ...] = ()
    required: bool = False
    replaces: bool | Same = False
    """Whether a change can only be a replacement; a function tells it from the value before and after."""
    computed: bool = False
    """AWS chooses a value when none is given, so leaving the argument out changes nothing."""
    default: Any = None
    """What the argument left out amounts to, when AWS reports it all the same."""
    unordered: bool = False
    """Blocks in no particular order, told apart by their first field."""
    write_only: bool = False
    """AWS does not report it, so it never drifts."""
    same: Same | None = None
    """Whether two given values mean the same, besides being equal."""
    reported: Same | None = None
    """Whether what AWS reports agrees with what was given, besides being the same."""
    as_read: Same | None = None
    """Whether what AWS reported last is as wanted, for arguments that the real provider compares so: by what
    it has read, whatever was given before.
    """


def argument(name: str, member: str | None = None, **settings: Any) -> Argument:
    """Return an `Argument` whose member, unless given, is its name with a capital first letter."""
    return Argument(name=name, member=name[0].upper() + name[1:] if member is None else member, **settings)


@dataclass(frozen=True, kw_only=True)
class Call:
    """Describes one request: the operation as boto3 names it, and which members it gets.

    It gets all members known of the resource that the operation takes, then those of `fixed` and `build`.
    """

    operation: str
    build: Callable[[Members], Members] | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict[str, Any])
    answer: str = ""
    """Dotted path of the resource in the answer; a number is a place in a list."""
    into: str = ""
    """Dotted path at which the answer joins what was read so far."""
    absent: Any = None
    """What stands for the answer when the service says that there is none; None: the resource is gone."""
    only: bool = False
    """Send nothing but `fixed` and `build`."""


Action = Call | Callable[[Any, Members, Props], Members | None]
"""A request, or a function of client, members and properties where one request does not do."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """Brings some arguments of an existing resource up to date by a request."""

    call: Action
    arguments: frozenset[str] = frozenset()
    """Empty: all that a request carries and that do not replace the resource."""
    on_create: bool = False
    """Also sent after the creation when one of the arguments is given."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Describes a state that takes time: its place in what is read, and which values end the wait."""

    path: str
    ready: frozenset[str]
    failed: frozenset[str] = frozenset()
    minutes: float = 40


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """Lists, sets and removes tags by functions of a client and the members of the resource."""

    read: Callable[[Any, Members], dict[str, str]] | None
    """None: what is read of the resource holds its tags as `Tags`."""
    put: Callable[[Any, Members, dict[str, str]], None]
    """Gets all tags that there are to be."""
    remove: Callable[[Any, Members, list[str]], None]
    on_create: Callable[[dict[str, str]], Members] | None = None
    """The members of the creating request that carry the tags; None: they are put afterwards."""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """Holds everything that the provider knows about one resource type."""

    type: str
    """The type token, as `aws:s3/bucket:Bucket`."""
    title: str
    """What the real provider's messages call it; `{id}` and argument names in braces are filled in."""
    service: str
    arguments: tuple[Argument, ...]
    id: Callable[[Members], str]
    parse_id: Callable[[str], Members]
    """The members that an id alone gives: for reading a resource by its id."""
    outputs: Mapping[str, str | Callable[[Members], Any]] = field(default_factory=dict[str, Any])
    """Computed properties: path in what is read, or a function of it."""
    create: Action
    read: tuple[Action, ...]
    """A function among these returns what it read, or None when the resource is gone."""
    delete: Action | None = None
    changes: tuple[Change, ...] = ()
    tagging: Tagging | None = None
    autoname: str = ""
    """The argument that gets a generated name when it is left out."""
    name_limit: int = 64
    wait: Wait | None = None
    gone: frozenset[str] = frozenset()
    """Error codes that say that the resource is not there."""
    retry: Mapping[str, str] = field(default_factory=dict[str, str])
    """Error codes worth a retry on creation or update, with a pattern of the message: IAM takes its time."""
    shape: Callable[[Members, Props], Members] = lambda members, _: members
    """Puts right what argument paths cannot express."""
    observe: Callable[[Members], Members] = lambda members: members
    """Turns what was read into the form of the creating request."""
    before_update: Action | None = None
    """Sent before anything but tags is changed."""
    before_delete: Action | None = None
    check: Callable[[Props], Mapping[str, str]] = lambda _: {}
    """Further rules on the inputs: failures by argument."""

    def named(self, name: str) -> Argument | None:
        """Return the argument called `name`, or None."""
        return next((each for each in self.arguments if each.name == name), None)

    def changed_by(self, change: Change) -> frozenset[str]:
        """Return the arguments that a change brings up to date."""
        return change.arguments or frozenset(
            each.name for each in self.arguments if each.member and each.replaces is not True
        )

    @property
    def regional(self) -> bool:
        """Whether the type has the argument `region`."""
        return self.service != "iam"


def at(path: str, members: Any, default: Any = None) -> Any:
    """Return the value at a dotted path of members and list places, or `default`."""
    found = members
    for step in path.split(".") if path else ():
        if isinstance(found, list):
            places = cast("list[Any]", found)
            found = places[int(step)] if int(step) < len(places) else None
        elif isinstance(found, dict):
            found = cast("Members", found).get(step)
        else:
            return default
    return default if found is None else found


def put(path: str, members: Members, value: Any) -> None:
    """Set the value at a dotted path, making the structures on the way; a step `0` makes a list of one."""
    name, _, rest = path.partition(".")
    if not rest:
        members[name] = value
    elif rest.split(".")[0] == "0":
        members[name] = [value]
    else:
        put(rest, members.setdefault(name, {}), value)


def snake(name: str) -> str:
    """Return the Python SDK's spelling of a property name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
