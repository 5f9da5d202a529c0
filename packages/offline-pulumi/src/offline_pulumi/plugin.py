"""A plugin's process: it serves the engine, and ends with it, even when the engine was killed."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent import futures

import grpc

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


def serve(add: Callable[[grpc.Server], None], threads: int) -> None:
    """Serve what `add` adds, and print the port that the engine is to call."""
    server = grpc.server(
        futures.ThreadPoolExecutor(threads),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
