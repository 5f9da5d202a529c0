"""Ends a plugin when the process that started it ends: plugins outlive an engine that was killed."""

import os
import signal
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.5


def end_with_parent(clean_up: Callable[[], None] = lambda: None) -> None:
    """End this process, after `clean_up`, when its parent is gone or sends SIGINT or SIGTERM.

    The engine ends its plugins with SIGINT: that is no error, so nothing is printed and the exit code is 0.
    """
    parent = os.getppid()

    def end(*_signal: object) -> None:
        clean_up()
        os._exit(0)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        end()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
