"""The `bulk` command in a process of its own, which is killed at a chosen call of AWS.

The processes are forked from one that has imported everything: to import it takes longer than a small load.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping

from local_aws.testing.fault_proxy import FaultProxy

_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["boto3", "dynamodb_bulk.cli.operate", "dynamodb_bulk.cli.watch", __name__])


def killed_at(proxy: FaultProxy, number: int, *arguments: str) -> bool:
    """Run the command behind the proxy, and kill it as it makes its call of that number.

    AWS gets the call if the number is even, and only its answer is lost. Return False where the command
    made fewer calls, and ended by itself.
    """
    environ = dict(os.environ) | {"AWS_ENDPOINT_URL": proxy.url}
    process = _FORKED.Process(target=_run, args=(arguments, environ))

    def kill() -> None:
        if number % 2:
            proxy.fail(".*", "reset", times=1)
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        process.join()

    proxy.before(".*", kill, number=number)
    process.start()
    process.join()
    proxy.heal()
    return process.exitcode == -signal.SIGKILL


def _run(arguments: tuple[str, ...], environ: Mapping[str, str]) -> None:
    from dynamodb_bulk.aws import polling
    from dynamodb_bulk.cli.app import main

    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.environ.clear()
    os.environ.update(environ)
    setattr(polling, "_FIRST_WAIT", 0.05)  # noqa: B010 - as for the process of the tests
    sys.argv = ["bulk", *arguments]
    main()
