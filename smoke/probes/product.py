"""The product itself, every method and an export: up, status, verify, destroy, leftovers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws.refusals import reason
from dynamodb_bulk.spec.errors import LoadFailed
from smoke.probe import LEAST_GB, Answer, Probe, Question
from smoke.probes.permissions import NO_COMMAND, assume, create_role
from smoke.project import DMS_ROWS, THREADS, Project, Ran, copied
from smoke.stage import STACK, Stage

_UP, _DESTROY = {False: 40, True: 60}, {False: 15, True: 30}
"""Minutes, without DMS and with it."""


def _ask(stage: Stage) -> Mapping[str, Answer]:
    project = copied(stage)
    try:
        return _answers(project)
    finally:
        stage.raw["product"] = [asdict(one) for one in project.ran]


def _answers(project: Project) -> Mapping[str, Answer]:
    stage = project.stage
    for command in (("make", ".venv/locked"), ("pulumi", "stack", "init", STACK)):
        if (ran := project.run(*command, minutes=10)).code:
            raise LoadFailed(f"{ran.command}: {ran.last_error}")
    project.initialized = True
    try:
        role = create_role(project)
    except ClientError as error:
        role = reason(error)
    up, up_permitted = _as_role(project, role, "up", _UP[stage.dms])
    rows = _rows(status := project.bulk("status", "--stack", STACK, "--json"))
    loads = {
        row["load"]: (row, project.bulk("verify", row["load"], "--stack", STACK))
        for row in rows
        if "load" in row
    }
    destroy, destroy_permitted = _as_role(project, role, "destroy", _DESTROY[stage.dms])
    project.destroyed = destroy.code == 0
    ours = f"{stage.project}/{STACK}"
    found = _rows(leftovers := project.bulk("leftovers", "--json"))
    left = [f"{row['kind']} {row['name']}" for row in found if row["removable"] and row["owner"] == ours]
    by_dms = {name for name, (row, _) in loads.items() if row["method"] == "dms"}
    others = [_described(*loads[name]) for name in loads if name not in by_dms]
    exports = [f"export: {row['items']} items, {row['verdict']}" for row in rows if "export" in row]
    answers = {
        "up": Answer(text=_ended(up), seconds=up.seconds, good=up.code == 0),
        "loads": Answer(text="; ".join([*others, *exports]) or _ended(status), good=status.code == 0),
        "destroy": Answer(text=_ended(destroy), seconds=destroy.seconds, good=destroy.code == 0),
        "leftovers": Answer(
            text="; ".join(left) or ("nothing" if leftovers.code in (0, 1) else _ended(leftovers)),
            good=not left and leftovers.code in (0, 1),
        ),
        "permissions-up": up_permitted,
        "permissions-destroy": destroy_permitted,
    }
    for name, (row, verified) in loads.items():
        good = bool(row["good"]) and verified.code == 0
        if name in by_dms:
            answers[name] = Answer(text=_described(row, verified), seconds=row["seconds"], good=good)
        elif not good:
            answers["loads"] = replace(answers["loads"], good=False)
    return {name: replace(answer, text=stage.plain(answer.text)) for name, answer in answers.items()}


def _as_role(project: Project, role: str, operation: str, minutes: float) -> tuple[Ran, Answer]:
    """Run `pulumi up` or `destroy` as the role, and with the caller's credentials where that fails."""
    permitted = Answer(text=f"not available: {role}", good=role == NO_COMMAND)
    if role.startswith("arn:"):
        own = dict(project.environ)
        try:
            project.environ |= assume(role, project.stage)
            ran = project.pulumi(operation, minutes=minutes)
        except LoadFailed as error:
            permitted = Answer(text=str(error), good=False)
        else:
            if ran.code == 0:
                local = ", but local AWS does not ask for permissions" if project.stage.local else ""
                return ran, Answer(text=f"yes{local}")
            permitted = Answer(text=ran.last_error, good=False)
        finally:
            project.environ = own
    return project.pulumi(operation, minutes=minutes), permitted


def _rows(ran: Ran) -> list[dict[str, Any]]:
    """Return what a command printed as JSON; nothing where it failed before."""
    try:
        found: list[dict[str, Any]] = json.JSONDecoder().raw_decode(ran.output[ran.output.find("[") :])[0]
    except ValueError:
        return []
    return found


def _ended(ran: Ran) -> str:
    return "done" if ran.code == 0 else ran.last_error


def _described(row: Mapping[str, Any], verified: Ran) -> str:
    difference = "no difference" if verified.code == 0 else verified.last_error
    return (
        f"{row['load']}: {row['rows_in_files']} rows, {row['items_written']} items written, "
        f"{row['condition_failed']} conditions failed, {row['rejected']} rejected, {row['verdict']}, "
        f"{difference}"
    )


def probe(*, dms: bool) -> Probe:
    """Return the product's probe, with two loads by DMS or without."""
    minutes = 2 * (_UP[dms] + _DESTROY[dms]) + 15  # twice: as the role, and with the caller's credentials
    units: dict[str, float] = {"GB imported": LEAST_GB, "GB bulk put": LEAST_GB, "GB exported": LEAST_GB}
    if dms:  # the instance exists for another hour if it is hard to remove
        units |= {"instance hours": minutes / 60 + 1, "million writes": 2 * len(THREADS) * DMS_ROWS / 1e6}
    created = "1 stack of this program (bucket, 1 table, import, bulk put, export), 1 role with its policies"
    dms_created = f", {len(THREADS)} more tables, 1 DMS instance (dms.t3.medium) with {len(THREADS)} tasks"
    return Probe(
        name="product",
        creates=created + (dms_created if dms else ""),
        minutes=minutes,
        units=units,
        ask=_ask,
        questions=(*_QUESTIONS, *(_DMS_QUESTIONS if dms else ())),
    )


_QUESTIONS = (
    Question(name="up", asks="Does `pulumi up` end well?", docs="it does"),
    Question(
        name="loads",
        asks="Are all loads and the export good, and does `bulk verify` find no difference?",
        docs="they are; one row of put fails its condition",
    ),
    Question(name="destroy", asks="Does `pulumi destroy` end well?", docs="it does"),
    Question(name="leftovers", asks="What does `bulk leftovers` find of the stack?", docs="nothing"),
    Question(
        name="permissions-up",
        asks="Does the deploy policy of `bulk permissions` suffice for `pulumi up`?",
        docs="bulk put's actions are in no service authorization reference known here",
    ),
    Question(
        name="permissions-destroy",
        asks="Does it suffice for `pulumi destroy`?",
        docs="derived from the calls",
    ),
)
_DMS_QUESTIONS = tuple(
    Question(
        name=f"threads-{threads}",
        asks=f"DMS with ParallelLoadThreads {threads}: rows, items, seconds?",
        docs="0 to 200 threads for DynamoDB as a target; the gain with files in S3 is not documented "
        "(https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html)",
    )
    for threads in THREADS
)
