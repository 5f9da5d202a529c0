"""Clears what a killed engine left in the file backend: its locks, and a file that it had half written."""

import json
import os
import socket
import subprocess
from pathlib import Path


def clear_dead(backend: Path) -> list[str]:
    """Remove locks whose process was on this machine and has ended; return the names of their stacks.

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
            stack, project = lock.parent.name, lock.parent.parent.name
            _drop_half_written(backend / ".pulumi" / "stacks" / project, stack)
            cleared.append(f"{project}/{stack}")
    return cleared


def _drop_half_written(folder: Path, stack: str) -> None:
    """The engine replaces a state in one step, but not the attributes next to it: empty, they are an EOF to
    the next run, which does well without.
    """
    for temporary in folder.glob(f"{stack}.json.*.tmp"):
        temporary.unlink(missing_ok=True)
    for attributes in folder.glob(f"{stack}.json*.attrs"):
        try:
            json.loads(attributes.read_text())
        except ValueError:
            attributes.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Return whether a process with this id runs on this machine; not one that has ended unreaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; macOS has no /proc, but `ps`."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        state = subprocess.run(  # noqa: S603
            ["ps", "-o", "stat=", "-p", str(pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    return state.strip().startswith(("Z", "X"))
