"""What a run created, and how all of it is removed again: in bounded time, whatever happened before."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.refusals import is_gone
from dynamodb_bulk.cleanup.delete import delete_role
from dynamodb_bulk.cleanup.leftover import Leftover
from dynamodb_bulk.cleanup.stacks import Stacks
from dynamodb_bulk.cleanup.tagged import TaggedResources, tagged_leftovers
from dynamodb_bulk.cli.leftovers import remove
from dynamodb_bulk.one_line import in_one_line

IMPORT_LOGS = "/aws-dynamodb/imports"
_EXCEPTIONS = "awsdms_full_load_exceptions"


@dataclass(frozen=True, kw_only=True)
class _Thing:
    kind: str
    name: str
    delete: Callable[[], object]


class Created:
    """Everything that has to go, youngest first; added before it is created."""

    def __init__(self) -> None:
        self._things: list[_Thing] = []
        self._adding = threading.Lock()

    def add(self, kind: str, name: str, delete: Callable[[], object]) -> None:
        """Note a thing: `delete` is repeated until AWS says that it does not exist, or it returns True."""
        with self._adding:
            self._things.append(_Thing(kind=kind, name=name, delete=delete))

    def remove(self, *, seconds: float) -> list[str]:
        """Remove all of it, and return what is left: kind, name and reason."""
        end, pause = time.monotonic() + seconds, 0.1
        left, stays = self._things[::-1], list[str]()
        while True:
            tried = [(thing, *_attempt(thing)) for thing in left]
            left = [thing for thing, _, again in tried if again]
            over = not left or time.monotonic() > end
            stays += [
                f"{one.kind} {one.name}: {why}" for one, why, again in tried if why and (over or not again)
            ]
            if over:
                return stays
            time.sleep(pause)
            pause = min(pause * 1.5, 10.0)


def _attempt(thing: _Thing) -> tuple[str, bool]:
    """Delete it, and return why it may still exist, empty if it does not, and whether to try again."""
    try:
        return ("", False) if thing.delete() is True else ("is being deleted", True)
    except ClientError as error:
        return ("", False) if is_gone(error) else (in_one_line(error) or "", not is_denied(error))
    except Exception as error:  # noqa: BLE001 - what cannot be removed does not keep the rest
        return in_one_line(error) or repr(error), not isinstance(error, ParamValidationError)


def sweep(aws: Aws, project: str, stacks: tuple[str, ...]) -> list[str]:
    """Delete what has the tags of these stacks, which do not exist any more, and return what is left.

    That is what `bulk leftovers` finds, but of this run's project alone.
    """
    gone = Stacks(project=project, resources=dict.fromkeys(stacks, 0))

    def found() -> list[Leftover]:
        return [one for kind in tagged_leftovers(TaggedResources(aws, project), gone, ()) for one in kind]

    try:
        for one in found():
            remove(one)
        return [f"{one.kind} {one.name}: {one.line()}" for one in found()]
    except (BotoCoreError, ClientError) as error:
        return [f"resources with the tag project = {project}: not looked for, {in_one_line(error)}"]


class Shared:
    """What all of an account shares: removed when it did not exist before the run, which then caused it."""

    def __init__(self, aws: Aws) -> None:
        roles = ("dms-vpc-role", "dms-cloudwatch-logs-role")
        self._things: Mapping[str, tuple[Callable[[], object], Callable[[], object]]] = {
            **{
                role: (partial(aws.iam.get_role, RoleName=role), partial(delete_role, aws, role))
                for role in roles
            },
            IMPORT_LOGS: (
                partial(aws.logs.describe_log_streams, logGroupName=IMPORT_LOGS, limit=1),
                partial(aws.logs.delete_log_group, logGroupName=IMPORT_LOGS),
            ),
            _EXCEPTIONS: (
                partial(aws.dynamodb.describe_table, TableName=_EXCEPTIONS),
                partial(aws.dynamodb.delete_table, TableName=_EXCEPTIONS),
            ),
        }
        self._before = self._existing()

    def _existing(self) -> set[str]:
        return {name for name, (look, _) in self._things.items() if _exists(look)}

    def add_to(self, created: Created) -> list[str]:
        """Note for removal what did not exist before, and return it."""
        caused = sorted(self._existing() - self._before)
        for name in caused:
            created.add("shared", name, self._things[name][1])
        return caused


def _exists(look: Callable[[], object]) -> bool:
    """Return whether AWS finds it; what may not be looked at is left alone, as if it had always existed."""
    try:
        look()
    except (BotoCoreError, ClientError) as error:
        return not (isinstance(error, ClientError) and is_gone(error))
    return True
