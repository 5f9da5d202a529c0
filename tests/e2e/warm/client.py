"""`python` of a clone: asks a server for a process, and stands for it until it ends.

A copy of this file is `bin/python`, started without `site`; the file KNOWN beside it says where the servers
and the ordinary Python are. It imports little: it is started often.
"""

import json
import os
import select
import signal
import socket
import sys

KNOWN = "warm.json"
OPTIONS = ("-u", "-P")
SERVER = "local_aws.server"
ORPHANED = b"\0"
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
POLL_SECONDS = 0.5


def can_be_warm(arguments: list[str]) -> bool:
    """Return whether this is a process of a `pulumi` command, `bulk`, or local AWS."""
    while arguments and arguments[0] in OPTIONS:
        arguments = arguments[1:]
    match arguments:
        case ["-m", module, *_]:
            return module.startswith("offline_pulumi.") or module == SERVER
        case ["-c", code, *_]:
            return "pulumi.policy" in code
        case [path, *_]:
            return os.path.basename(path) in ("bulk", "run_program.py")
        case _:
            return False


def ask(server: str, executable: str, arguments: list[str]) -> socket.socket:
    """Return the connection to the process that a server makes."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(server)
    environ = dict(os.environ)
    content = json.dumps([executable, arguments, os.getcwd(), environ]).encode()
    socket.send_fds(connection, [len(content).to_bytes(4, "big")], [0, 1, 2])
    connection.sendall(content)
    return connection


def stand_for(process: socket.socket) -> None:
    """Pass signals on, and end as the process does; tell it when the parent of this one is gone."""
    for number in PASSED_ON:
        signal.signal(number, lambda number, _: process.sendall(bytes([number])))
    parent = os.getppid()
    while not select.select([process], [], [], POLL_SECONDS)[0]:
        if os.getppid() != parent:
            process.sendall(ORPHANED)
            os._exit(0)
    code = int.from_bytes(process.recv(4), "big", signed=True)
    if code < 0:
        if -code in PASSED_ON:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def main() -> None:
    """Run what `python` was asked to run."""
    own, arguments = os.path.abspath(sys.argv[0]), sys.argv[1:]
    with open(os.path.join(os.path.dirname(own), KNOWN)) as file:
        known = json.load(file)
    if can_be_warm(arguments):
        servers = known["servers"]
        stand_for(ask(servers[os.getpid() % len(servers)], own, arguments))
    os.execv(known["python"], [own, *arguments])


if __name__ == "__main__":
    main()
