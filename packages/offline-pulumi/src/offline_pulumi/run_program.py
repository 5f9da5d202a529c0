"""Runs one Pulumi program for the language host; started by path, so it imports nothing of this package."""

import asyncio
import gc
import json
import logging
import os
import runpy
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
import pulumi.runtime

REPORTED = 32
"""Exit code for "failed, and the user has been told": the host then adds no message of its own."""


def traceback_of_program(program: str) -> str:
    """Return the traceback of the exception being handled, from the program's own first line on."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    own = {os.path.realpath(program), os.path.realpath(os.path.join(program, "__main__.py"))}  # noqa: PTH118
    first = next((index for index, frame in enumerate(frames) if os.path.realpath(frame.filename) in own), 0)
    return traceback.format_exc(limit=first - len(frames))


def default_executor(parallel: int) -> ThreadPoolExecutor:
    """Return the event loop's default pool as Pulumi's own host sets it: four threads per resource at a time.

    https://github.com/pulumi/pulumi/blob/master/sdk/python/cmd/pulumi-language-python-exec
    """
    return ThreadPoolExecutor(max_workers=4 * max(parallel, 1))


def watch_host() -> None:
    """End the program when its language host has ended without telling it."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(REPORTED)

    threading.Thread(target=watch, name="host-watch", daemon=True).start()


def main(run: dict[str, Any], program: str) -> int:
    """Run the program at path `program` as the stack described by `run`; return the exit code."""
    watch_host()
    pulumi.runtime.set_all_config(run["config"], run["secret_keys"])
    pulumi.runtime.configure(pulumi.runtime.Settings(**run["settings"]))
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    sys.path[0] = program if os.path.isdir(program) else os.path.dirname(program)  # noqa: PTH112, PTH120
    sys.argv = [program, *run["arguments"]]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = default_executor(run["settings"]["parallel"])
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(
            pulumi.runtime.run_in_stack(lambda: runpy.run_path(program, run_name="__main__"))  # pyright: ignore[reportArgumentType]
        )
    except KeyboardInterrupt:
        return REPORTED
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:  # noqa: BLE001 - the user's program may raise anything
        pulumi.log.error("Program failed with an unhandled exception:\n" + traceback_of_program(program))
        return REPORTED
    finally:
        executor.shutdown(wait=True)
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()
    return 0


if __name__ == "__main__":
    # What a program imports lives as long as it does: looking through it for garbage while importing, and
    # at the end, would cost most of a second of every preview.
    gc.set_threshold(100_000, 50, 50)
    sys.exit(main(json.loads(os.environ.pop("OFFLINE_PULUMI_RUN")), sys.argv[1]))
