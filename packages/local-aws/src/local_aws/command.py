"""`bulk local`: start, describe and stop local AWS."""

import os
import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

from cyclopts import App, Parameter

from dynamodb_bulk.spec.errors import InputError
from local_aws import background
from local_aws.environment import lines, variables
from local_aws.latency import read_latency
from local_aws.locks import clear_dead
from local_aws.state import Folders, folders
from local_aws.terminal import Terminal

app = App(name="local")


@app.command
def up(
    *,
    port: Annotated[
        int | None, Parameter(help="The port on 127.0.0.1; default: BULK_PORT, else 4566.")
    ] = None,
    latency: Annotated[
        str,
        Parameter(
            help="How long resources and calls take: `fast` for no time, `aws` for as long as on "
            "AWS, `aws/10` for 10 times as fast."
        ),
    ] = "fast",
    verbose: Annotated[
        bool, Parameter(name=["--verbose", "-v"], negative="", help="Say where each part comes from.")
    ] = False,
    retry: Annotated[
        bool, Parameter(negative="", help="Try a download again that failed in the last 24 hours.")
    ] = False,
) -> int:
    """Get the engine, start local AWS in the background, and clear stale locks.

    BULK_DYNAMODB=dynamodb-local replaces moto's tables with AWS's DynamoDB Local.
    """
    from local_aws.dynamodb_local.acquire import find_jars
    from offline_pulumi.engine import acquire, network, plugins, shims

    read_latency(latency)
    own = folders().open()
    server = _server(own, port)
    chosen = background.dynamodb(os.environ)
    if server:
        _check_running(server, latency, chosen)
    wanted = _wanted_provider()
    if retry:
        network.forget_failure(own.cache)
    terminal = Terminal()
    with terminal.live():
        if server is None and chosen != background.MOTO:
            find_jars(own.dynamodb_local, terminal)
        try:
            engine = acquire.find_engine(own, terminal)
            language = plugins.language_host(own, engine)
            aws = plugins.provider(own, engine, terminal, wanted)
        except acquire.Unavailable as error:
            raise InputError(error.where, error.what, error.remedy) from None
    shims.place(own, engine, (language, aws, plugins.dynamic(own, engine)))
    if background.changes_provider(own, "replacement" if aws.stand_in else "official"):
        port, server = port or (server and server.port), _set_aside(own, server, terminal)
    if server is None:
        if background.set_state_aside(own):
            terminal.line(f"the state of a stopped server was moved to {own.previous_backend}")
        server = background.start(own, port or background.default_port(os.environ), latency, chosen)
    terminal.line(f"local AWS: {server.url}, pulumi {engine.version}")
    if verbose:
        terminal.line(f"  engine: {engine.origin}")
        terminal.line(f"  language host: {language.origin}")
        again = "; `make up RETRY=1` tries again" if aws.stand_in and wanted is None else ""
        terminal.line(f"  AWS provider: {aws.origin}{again}")
        terminal.line(f"  log: {own.log}")
    for stack in clear_dead(own.backend):
        terminal.line(f"cleared the lock of stack {stack}: the run that held it has ended")
    return 0


@app.command
def env() -> int:
    """Print shell lines for `eval`, after which `pulumi` and boto3 use local AWS."""
    own = folders().open()
    sys.stdout.write("\n".join(lines(variables(own, _port(own), os.environ), os.environ)) + "\n")
    return 0


@app.command
def status() -> int:
    """Show whether local AWS runs, and where its state is. Exit code 1: it does not run."""
    own = folders().open()
    terminal = Terminal()
    server = _server(own, None)
    if server:
        terminal.line(
            f"local AWS: {server.url}, process {server.pid}, latency {server.latency}, "
            f"tables in {server.dynamodb}"
        )
    else:
        terminal.line(f"local AWS: not running (port {_port(own)} is free)")
    terminal.line(f"state: {own.state}")
    terminal.line(f"cache: {own.cache}")
    return 0 if server else 1


@app.command
def forward(minutes: Annotated[float, Parameter(help="The number of minutes.")], /) -> int:
    """Move the clock of local AWS forward, for exports and point-in-time recovery."""
    own = folders().open()
    server = _server(own, None)
    if minutes < 0:
        raise InputError("MINUTES", f"{minutes:g} is below 0", "the clock only moves forward")
    if server is None:
        raise InputError("local AWS", "not running", "run `bulk local up` first")
    now = datetime.fromtimestamp(background.forward(server, minutes * 60), UTC)
    Terminal().line(f"local AWS: the clock is at {now:%Y-%m-%dT%H:%M:%SZ}")
    return 0


@app.command
def down() -> int:
    """Stop local AWS; its contents are lost, the cache and the state folder stay."""
    own = folders().open()
    server = _server(own, None)
    if server is None:
        Terminal().line("local AWS: not running")
        own.server_record.unlink(missing_ok=True)
    else:
        background.stop(own, server)
        Terminal().line("local AWS: stopped")
    return 0


def _check_running(server: background.Server, latency: str, dynamodb: str) -> None:
    """Raise InputError if the running server is not as asked for."""
    remedy = "run `bulk local down` first"
    if latency != server.latency:
        raise InputError("--latency", f"{latency}, but local AWS runs with {server.latency}", remedy)
    if os.environ.get("BULK_DYNAMODB") and dynamodb != server.dynamodb:
        what = f"{dynamodb}, but local AWS runs with {server.dynamodb}"
        raise InputError("BULK_DYNAMODB", what, remedy)


def _set_aside(own: Folders, server: background.Server | None, terminal: Terminal) -> None:
    """Move away the states of another AWS provider, and stop the server that holds what they describe."""
    background.set_state_aside(own)
    if server:
        background.stop(own, server)
    terminal.line(
        "the AWS provider is another one now, and cannot use the state that the one before made: it was "
        f"moved to {own.previous_backend}, and local AWS starts empty"
    )


def _wanted_provider() -> Literal["stand-in", "official"] | None:
    match os.environ.get("BULK_PROVIDER", ""):
        case "":
            return None
        case "stand-in" | "official" as wanted:
            return wanted
        case other:
            remedy = "set it to stand-in or official, or unset it"
            raise InputError("BULK_PROVIDER", f"is {other!r}", remedy)


def _port(own: Folders) -> int:
    """Return the port of this clone's server: where it runs, else where it would run."""
    server = background.recorded(own)
    return server.port if server else background.default_port(os.environ)


def _server(own: Folders, port: int | None) -> background.Server | None:
    """Return this clone's running server; raise InputError if it runs on a different port."""
    known = background.recorded(own)
    if known and background.ask(known.port)[1].get("clone") == str(own.clone):
        wanted = port or (background.default_port(os.environ) if os.environ.get("BULK_PORT") else known.port)
        if wanted != known.port:
            raise InputError(
                f"port {wanted}",
                f"this clone's AWS runs on port {known.port}",
                "run `bulk local down` first, or omit the port",
            )
        return known
    return background.running(own, port or background.default_port(os.environ))
