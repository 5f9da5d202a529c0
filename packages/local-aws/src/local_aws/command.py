"""`bulk local`: AWS on this machine, brought up, described, and taken down."""

import os
import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

from cyclopts import App, Parameter

from dynamodb_bulk.spec.errors import InputError
from local_aws import background
from local_aws.environment import lines, variables
from local_aws.locks import clear_dead
from local_aws.state import Folders, folders

app = App(name="local", help="AWS on this machine: the engine, the services, their state.")


@app.command
def up(
    *,
    port: Annotated[int | None, Parameter(help="Port on 127.0.0.1; default BULK_PORT, else 4566.")] = None,
    latency: Annotated[
        Literal["fast", "aws"], Parameter(help="What readiness takes: next to nothing, or as long as on AWS.")
    ] = "fast",
    verbose: Annotated[
        bool, Parameter(name=["--verbose", "-v"], negative="", help="Say where each part comes from.")
    ] = False,
) -> int:
    """Get the engine, start AWS in the background unless it runs, and clear locks that nobody holds
    any more. BULK_DYNAMODB=dynamodb-local puts AWS's own DynamoDB Local in moto's place.
    """
    from local_aws.dynamodb_local.acquire import find_jars
    from local_aws.terminal import Terminal
    from offline_pulumi.engine import acquire, plugins, shims
    from offline_pulumi.errors import Unavailable

    own = folders()
    own.open()
    server = _server(own, port)
    if server and latency != server.latency:
        raise InputError(
            "--latency", f"{latency}, but AWS is up with {server.latency}", "run `bulk local down` first"
        )
    chosen = background.dynamodb(os.environ)
    if server and os.environ.get("BULK_DYNAMODB") and chosen != server.dynamodb:
        raise InputError(
            "BULK_DYNAMODB", f"{chosen}, but AWS is up with {server.dynamodb}", "run `bulk local down` first"
        )
    wanted = _wanted_provider()
    terminal = Terminal()
    with terminal.live():
        if server is None and chosen != background.MOTO:
            find_jars(own.dynamodb_local, terminal)
        try:
            engine = acquire.find_engine(own, terminal)
            language = plugins.language_host(own, engine)
            aws = plugins.provider(own, engine, terminal, wanted)
        except Unavailable as error:
            raise InputError(error.where, error.what, error.remedy) from None
    shims.place(own, engine, (language, aws, plugins.dynamic(own, engine)))
    if server is None:
        if background.set_state_aside(own):
            terminal.line(f"state of a server that is gone: set aside in {own.previous_backend}")
        server = background.start(own, port or background.default_port(os.environ), latency, chosen)
    terminal.line(f"local AWS: {server.url}, pulumi {engine.version}")
    if verbose:
        terminal.line(f"  engine: {engine.origin}")
        terminal.line(f"  language host: {language.origin}")
        terminal.line(f"  AWS provider: {aws.origin}")
        terminal.line(f"  log: {own.log}")
    for stack in clear_dead(own.backend):
        terminal.line(f"cleared the lock of stack {stack}: the run that held it has ended")
    return 0


@app.command
def env() -> int:
    """Print shell lines for `eval`: after them, `pulumi` and boto3 work with AWS on this machine."""
    own = folders()
    own.open()
    sys.stdout.write("\n".join(lines(variables(own, _port(own), os.environ), os.environ)) + "\n")
    return 0


@app.command
def status() -> int:
    """Say whether AWS is up, where, and where its state lies; exit 1 when it is not up."""
    from local_aws.terminal import Terminal

    own = folders()
    own.open()
    terminal = Terminal()
    server = _server(own, None)
    if server:
        terminal.line(
            f"AWS on this machine: {server.url}, process {server.pid}, latency {server.latency}, "
            f"tables in {server.dynamodb}"
        )
    else:
        terminal.line(f"AWS on this machine: not running (port {_port(own)} is free)")
    terminal.line(f"state: {own.state}")
    terminal.line(f"cache: {own.cache}")
    return 0 if server else 1


@app.command
def forward(minutes: Annotated[float, Parameter(help="How many.")], /) -> int:
    """Let time pass for exports and point-in-time recovery, which look at windows of 15 minutes at least."""
    from local_aws.terminal import Terminal

    own = folders()
    own.open()
    server = _server(own, None)
    if minutes < 0:
        raise InputError("MINUTES", f"is {minutes:g}, and time does not go back", "give 0 or more")
    if server is None:
        raise InputError("AWS on this machine", "is not running", "run `bulk local up` first")
    now = datetime.fromtimestamp(background.forward(server, minutes * 60), UTC)
    Terminal().line(f"AWS on this machine: it is {now:%Y-%m-%dT%H:%M:%SZ} there now")
    return 0


@app.command
def down() -> int:
    """Stop AWS on this machine: what is in it is gone. The cache and the state folder stay."""
    from local_aws.terminal import Terminal

    own = folders()
    own.open()
    server = _server(own, None)
    if server is None:
        Terminal().line("AWS on this machine: not running")
        own.server_record.unlink(missing_ok=True)
    else:
        background.stop(own, server)
        Terminal().line("local AWS: stopped")
    return 0


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
    """The port of this clone's server: where it runs, else where it would."""
    server = background.recorded(own)
    return server.port if server else background.default_port(os.environ)


def _server(own: Folders, port: int | None) -> background.Server | None:
    """This clone's running server; raises `InputError` when it runs on another port than asked for."""
    known = background.recorded(own)
    if known and background.ask(known.port)[1].get("clone") == str(own.clone):
        wanted = port or (background.default_port(os.environ) if os.environ.get("BULK_PORT") else known.port)
        if wanted != known.port:
            raise InputError(
                f"port {wanted}",
                f"was asked for, but this clone's AWS is up on port {known.port}",
                "run `bulk local down` first, or leave the port out",
            )
        return known
    return background.running(own, port or background.default_port(os.environ))
