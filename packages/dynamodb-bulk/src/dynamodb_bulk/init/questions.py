"""The few things that only the user knows: the key, the name, and whether a stack loads the dataset."""

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dynamodb_bulk.init.encoding_guess import UnsureEncodingError
from dynamodb_bulk.init.proposal import KeyCandidate, Proposal
from dynamodb_bulk.spec.arns import one_part
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import nearest
from dynamodb_bulk.spec.model import Source

T = TypeVar("T")
_NO_KEY = "no column or pair of them is a text or a number, never empty, and different in every row"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What was decided; `stack`: the stack to whose loads it is added."""

    key: KeyCandidate | None
    name: str
    stack: str | None


def named_key(proposal: Proposal, given: str) -> KeyCandidate:
    """Return the key that `--key` names; raise InputError for a column that does not exist, or is no key."""
    columns = tuple(part.strip() for part in given.split(","))
    if len(columns) > 2:
        raise InputError("--key", f"{len(columns)} columns", "a key is one column, or two: COL,COL")
    for column in columns:
        if column not in proposal.types:
            raise InputError("--key", f"no column {column}", nearest(column, proposal.types))
        if not proposal.types[column]:
            raise InputError("--key", f"{column} is neither text nor a number", "name another column")
    return KeyCandidate(columns=columns, types=tuple(proposal.types[one] for one in columns))


def named_encoding(given: str) -> str:
    """Return an encoding by its name in dataset files; raise InputError if it is none of texts."""
    try:
        return Source(files=("*",), encoding=given).encoding
    except ValueError:
        raise InputError("--encoding", f"{given!r} is not an encoding", "cp1252, for example") from None


def may_ask(*, yes: bool) -> bool:
    """Whether there is somebody to ask, who wants to be asked."""
    return not yes and sys.stdin.isatty() and sys.stdout.isatty()


def asked_encoding(error: UnsureEncodingError) -> str:
    """Ask for the encoding of a file."""
    sys.stdout.write(f"{error.where}: {error.what}\n")
    return _asked("Encoding", error.readings[0].encoding if error.readings else "cp1252", named_encoding)


def answers(
    proposal: Proposal, *, key: str | None, name: str | None, stack: str | None, yes: bool, folder: Path
) -> Answers:
    """Return the decisions: as given, else asked for on a terminal, else the likeliest.

    Raise InputError where there is nobody to ask and no clear key.
    """
    asks = may_ask(yes=yes)
    chosen = named_key(proposal, key) if key else None
    if proposal.documents or proposal.table.get("partition_key"):
        return Answers(key=chosen, name=name or proposal.name, stack=stack)
    likeliest = proposal.keys[0] if proposal.keys else None
    if chosen is None and asks:
        chosen = _asked_key(proposal, likeliest)
    if chosen is None:
        chosen = likeliest if yes else proposal.clear_key
    if chosen is None:
        found = "; ".join(one.shown for one in proposal.keys[:5])
        what = f"several columns may be the key: {found}" if found else _NO_KEY
        raise InputError("bulk init", what, f"pass --key {likeliest.shown if likeliest else 'COL[,COL]'}")
    name = name or (_asked("Name of the dataset", proposal.name, _dataset_name) if asks else proposal.name)
    if stack is None and asks and (stacks := sorted(folder.glob("Pulumi.*.yaml"))):
        stack = _asked_stack([one.name.removeprefix("Pulumi.").removesuffix(".yaml") for one in stacks])
    return Answers(key=chosen, name=name, stack=stack)


def _asked_key(proposal: Proposal, likeliest: KeyCandidate | None) -> KeyCandidate:
    found = "; ".join(one.shown for one in proposal.keys[:5]) or _NO_KEY
    default = likeliest.shown if likeliest else ""
    return _asked(f"Key ({found})", default, lambda given: named_key(proposal, given))


def _asked_stack(names: Sequence[str]) -> str | None:
    def stack(given: str) -> str | None:
        if given != "none" and given not in names:
            raise InputError("stack", f"no stack {given}", nearest(given, (*names, "none")))
        return None if given == "none" else given

    return _asked(f"Add it to the loads of a stack ({', '.join(names)}), or none", "none", stack)


def _dataset_name(given: str) -> str:
    try:
        return one_part(given)
    except ValueError as error:
        raise InputError("name", str(error)) from None


def _asked(question: str, default: str, meant: Callable[[str], T]) -> T:
    """Ask until what is `meant` by an answer raises no InputError; take the default where the input ends."""
    # Polars has reads go on behind a signal, so that Ctrl-C would wait for the end of the line.
    signal.siginterrupt(signal.SIGINT, True)
    while True:
        try:
            given = input(f"{question} [{default}]: ").strip() or default
        except EOFError:
            return meant(default)
        try:
            return meant(given)
        except InputError as error:
            sys.stdout.write(f"{error}\n")
