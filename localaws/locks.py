"""Clears stack locks that a killed engine left in the file backend."""

import json
import os
import socket
from pathlib import Path


def clear_dead(backend: Path) -> list[str]:
    """Removes locks whose process was on this machine and has ended; returns the names of their stacks.

    A lock is `.pulumi/locks/organization/<project>/<stack>/<id>.json` with `pid` and `hostname`.
    """
    cleared: list[str] = []
    for lock in sorted((backend / ".pulumi" / "locks").glob("**/*.json")):
        try:
            owner = json.loads(lock.read_text())
            pid, host = int(owner["pid"]), str(owner["hostname"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if host == socket.gethostname() and not is_alive(pid):
            lock.unlink(missing_ok=True)
            cleared.append(f"{lock.parent.parent.name}/{lock.parent.name}")
    return cleared


def is_alive(pid: int) -> bool:
    """Whether a process with this id runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
