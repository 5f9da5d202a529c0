"""Run blocking work of hooks in separate threads.

The SDK blocks a thread of the event loop's default executor for every resource that is being registered. A
hook that needs a thread of that pool can wait forever: for a resource that waits for the hook.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def run_in_thread(work: Callable[[], Result]) -> Result:
    """Run the work in a new thread, and give back what it returns or raises.

    The engine's `--parallel` bounds how many hooks run at once. The thread is a daemon: a program that is
    interrupted ends at once, and what it was doing is resumed by the next `pulumi up`.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()
    context = contextvars.copy_context()  # the SDK keeps its settings there

    def settle(set_outcome: Callable[[], None]) -> None:
        if not done.done():  # else the engine has given up the hook
            set_outcome()

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:  # noqa: BLE001 - raised again where the work is awaited
            failure = error
            outcome = lambda: done.set_exception(failure)  # noqa: E731
        else:
            outcome = lambda: done.set_result(result)  # noqa: E731
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, outcome, context=context.copy())

    threading.Thread(target=run, name="hook", daemon=True).start()
    return await done
