"""The few things that only the user knows: the key, the name, and whether a stack loads the dataset."""

import codecs
import sys
from dataclasses import dataclass
from pathlib import Path

from dynamodb_bulk.init.encoding_guess import UnsureEncodingError
from dynamodb_bulk.init.proposal import KeyCandidate, Proposal
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import nearest


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


def may_ask(*, yes: bool) -> bool:
    """Whether there is somebody to ask, who wants to be asked."""
    return not yes and sys.stdin.isatty() and sys.stdout.isatty()


def asked_encoding(error: UnsureEncodingError) -> str:
    """Ask for the encoding of a file; raise the error again if the answer names none."""
    sys.stdout.write(f"{error.where}: {error.what}\n")
    given = _asked("Encoding", error.readings[0].encoding if error.readings else "")
    try:
        return codecs.lookup(given).name
    except LookupError:
        raise error from None


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
        what = (
            f"several columns may be the key: {found}"
            if found
            else "no column or pair is different in every row"
        )
        raise InputError("bulk init", what, f"pass --key {likeliest.shown if likeliest else 'COL[,COL]'}")
    name = name or (_asked("Name of the dataset", proposal.name) if asks else proposal.name)
    if stack is None and asks and (stacks := sorted(folder.glob("Pulumi.*.yaml"))):
        names = [one.name.removeprefix("Pulumi.").removesuffix(".yaml") for one in stacks]
        stack = _asked(f"Add it to the loads of a stack ({', '.join(names)}), or none", "none")
        stack = None if stack == "none" else stack
    return Answers(key=chosen, name=name, stack=stack)


def _asked_key(proposal: Proposal, likeliest: KeyCandidate | None) -> KeyCandidate:
    found = "; ".join(one.shown for one in proposal.keys[:5]) or "no column or pair is different in every row"
    while True:
        given = _asked(f"Key ({found})", likeliest.shown if likeliest else "")
        try:
            return named_key(proposal, given)
        except InputError as error:
            sys.stdout.write(f"{error}\n")


def _asked(question: str, default: str) -> str:
    try:
        return input(f"{question} [{default}]: ").strip() or default
    except EOFError:
        return default
