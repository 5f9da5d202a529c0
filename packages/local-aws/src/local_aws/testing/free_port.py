"""A port that no one listens on, and that no outgoing connection is given in the meantime."""

import random
import socket
from contextlib import suppress

# Below the ports that Linux, macOS and Windows give to outgoing connections.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
