"""`bulk permissions`: print the IAM policies that a stack's people need."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.permissions.declared import read_declared
from dynamodb_bulk.permissions.grants import TASKS, Task
from dynamodb_bulk.permissions.policies import MOST_CHARACTERS, policies


def permissions(
    *,
    stack: Annotated[str | None, Parameter(help="The stack; default: the selected one.")] = None,
    task: Annotated[
        Task | None, Parameter(name="--for", help="Whom the policies are for; default: all three.")
    ] = None,
    account: Annotated[
        str | None, Parameter(help="The account, 12 digits; default: that of the credentials.")
    ] = None,
    out: Annotated[Path | None, Parameter(help="Write each policy to NAME.json in this folder.")] = None,
) -> int:
    """Print the least permissions to deploy, preview and operate a stack, as IAM policies by their names.

    They follow from the stack's settings and datasets, so that it works before the first `pulumi up`.
    """
    declared = read_declared(stack, account)
    found = {one: policies(declared, one) for one in TASKS if task in (None, one)}
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    for one, named in found.items():
        if len(named) > 1:
            notes.print(
                f"{one}: {len(named)} policies, as one holds {MOST_CHARACTERS:,} characters; attach all"
            )
    documents = {name: document for named in found.values() for name, document in named.items()}
    if out is None:
        sys.stdout.write(json.dumps(documents, indent=2) + "\n")
        return 0
    out.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        file = out / f"{name}.json"
        file.write_text(json.dumps(document, indent=2) + "\n")
        Console(highlight=False, soft_wrap=True).print(
            f"aws iam create-policy --policy-name {name} --policy-document file://{file}"
        )
    return 0
