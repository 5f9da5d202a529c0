"""`python -m smoke`, as `make aws-smoke` runs it.

Exit code 0: all answers are good and nothing is left; 1: not so; 2: refused, and nothing was created.
"""

import secrets
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from datetime import UTC, datetime
from typing import Annotated

import boto3
from cyclopts import App, CycloptsError, Parameter
from rich.table import Table

from dynamodb_bulk.aws import aws_in
from dynamodb_bulk.aws.loopback import is_loopback_endpoint
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError
from smoke.probe import Answer, Probe
from smoke.probes import probes
from smoke.removal import Shared, sweep
from smoke.report import keep_local_answers, write_report
from smoke.stage import PROBES, STACK, Stage, Stopped

MOST_USD = 2.0
REMOVAL_MINUTES = 60
console = Console(highlight=False, soft_wrap=True)


def smoke(
    *,
    account: Annotated[str | None, Parameter(help="The account's id, instead of typing it.")] = None,
    without_dms: Annotated[
        bool, Parameter(negative="", help="Leave DMS out, which takes an hour and costs the most.")
    ] = False,
) -> int:
    """Ask an AWS account what only AWS can tell, run every method there, and remove everything again."""
    aws = aws_in(None) or aws_in(boto3.Session().region_name)  # the profile's
    if aws is None:
        raise InputError("AWS_REGION", "not set", "set it to the Region to create everything in")
    caller = aws.sts.get_caller_identity()
    chosen = probes(dms=not without_dms)
    if shutil.which("pulumi") is None:
        raise InputError("pulumi", "is not on PATH", "install it: https://www.pulumi.com/docs/install/")
    usd = sum(probe.usd for probe in chosen)
    if usd > MOST_USD:
        raise InputError(
            "aws-smoke", f"may cost {usd:.2f} USD, more than {MOST_USD:.2f}", "pass --without-dms"
        )
    minutes = max(probe.minutes for probe in chosen)
    _show(caller["Account"], aws.region, chosen, minutes, usd)
    _confirm(caller["Account"], account)
    stage = Stage(
        aws=aws,
        account=caller["Account"],
        partition=caller["Arn"].split(":")[1],
        run=secrets.token_hex(3),
        local=is_loopback_endpoint(),
        dms=not without_dms,
        deadline=time.monotonic() + minutes * 60,
    )
    return run(stage, chosen)


def run(stage: Stage, chosen: Sequence[Probe]) -> int:
    """Ask, remove everything, and write the report; return the exit code."""

    def halt(*_: object) -> None:
        stage.stop.set()
        console.print("Stopping. What was created is being removed; this takes some minutes.")

    shared = Shared(stage.aws)
    before = {number: signal.signal(number, halt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        console.print(f"Run {stage.run}: everything has the tag smoke = {stage.run}.")
        try:
            answers = _ask(stage, chosen)
        finally:
            left = _remove(stage, shared)
        if stage.local:
            keep_local_answers(answers)
        report = write_report(stage, chosen, answers, left, datetime.now(UTC).date())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    bad = sum(not answer.good for answer in answers.values())
    console.print(f"{len(answers)} questions, {bad} with an answer that is not good or none: {report}")
    return 130 if stage.stop.is_set() else 1 if bad or left else 0


def _ask(stage: Stage, chosen: Sequence[Probe]) -> dict[str, Answer]:
    """Return the answers of all probes, asked in parallel; why there is none is an answer as well."""
    answers: dict[str, Answer] = {}
    begun = time.monotonic()
    with ThreadPoolExecutor(len(chosen)) as pool:
        bucket = pool.submit(stage.create_bucket)
        wait([bucket])
        futures = {pool.submit(_asked, probe, stage, bucket): probe for probe in chosen}
        for future in as_completed(futures):
            probe, (found, why) = futures[future], future.result()
            console.print(f"{probe.name}: {why or 'answered'}, {time.monotonic() - begun:,.0f} s")
            none = Answer(text=f"not answered: {stage.plain(why or 'an earlier step failed')}", good=False)
            answers |= {one.name: found.get(one.name, none) for one in probe.questions}
    return answers


def _asked(probe: Probe, stage: Stage, bucket: Future[None]) -> tuple[Mapping[str, Answer], str]:
    """Return the answers of a probe, and why there are none."""
    try:
        bucket.result()
        return probe.ask(stage), ""
    except Stopped as error:
        return {}, str(error)
    except Exception as error:  # noqa: BLE001 - the report says it; what the probe created goes all the same
        return {}, in_one_line(error) or repr(error)


def _remove(stage: Stage, shared: Shared) -> list[str]:
    console.print("Removing everything.")
    left = stage.created.remove(seconds=REMOVAL_MINUTES * 60)
    left += sweep(stage.aws, stage.project, (PROBES, STACK))
    caused = shared.add_to(stage.created)
    if left:
        left += [f"{name}: was created for this run; what is left may need it" for name in caused]
    else:
        left = stage.created.remove(seconds=300)
    for line in left:
        console.print(f"Not removed: {line}", style="red")
    return left


def _show(account: str, region: str, chosen: Sequence[Probe], minutes: int, usd: float) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("probe", "creates", "at most"):
        table.add_column(heading, overflow="fold")
    for probe in chosen:
        table.add_row(probe.name, probe.creates, f"{probe.minutes} min, {probe.usd:.2f} USD")
    console.print(f"Account {account}, Region {region}.")
    console.print(table)
    console.print(
        f"In parallel: at most {minutes} minutes, then {REMOVAL_MINUTES} to remove everything; at most "
        f"{usd:.2f} USD (twice the prices of us-east-1; that of bulk put is not known here, but guessed)."
    )


def _confirm(account: str, given: str | None) -> None:
    if given is None:
        if not sys.stdin.isatty():
            raise InputError("--account", "cannot prompt without a terminal", "pass --account ID")
        try:
            given = console.input("Type the account's id to create all this there: ").strip()
        except (EOFError, KeyboardInterrupt):
            given = ""
    if given != account:
        raise InputError(
            "--account",
            f"{given or 'nothing'} is not the account of these credentials",
            "nothing was created",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; a refusal is one line."""
    app = App(name="aws-smoke", help=smoke.__doc__, version_flags=())
    app.default(smoke)
    try:
        return app(arguments, result_action="return_value", exit_on_error=False) or 0
    except CycloptsError:
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        line = in_one_line(error)
        if line is None:
            raise
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"error: {line}", style="red")
        return 2


if __name__ == "__main__":
    sys.exit(main())
