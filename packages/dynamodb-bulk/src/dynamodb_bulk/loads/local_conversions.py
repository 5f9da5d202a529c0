"""Converted files on this machine, by the bucket and prefix that they are uploaded to.

What a conversion has finished stays until it is uploaded, so that the next `up` goes on from there.
"""

import fcntl
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dynamodb_bulk.machine import cache_folder


@dataclass(frozen=True, kw_only=True)
class LocalConversions:
    """All that is here for one bucket."""

    bucket: str
    folder: Path
    bytes: int
    changed: datetime


def conversion_folder(bucket: str, prefix: str) -> Path:
    """Return the folder of the files that go under the prefix."""
    return cache_folder("converted") / bucket / prefix.strip("/")


@contextmanager
def only_conversion(bucket: str, prefix: str) -> Generator[None]:
    """Wait until no other one on this machine is for the prefix, and keep others out."""
    folder = conversion_folder(bucket, prefix)
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock = (folder / ".lock").open("w")
        except FileNotFoundError:
            continue
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.fstat(lock.fileno()).st_nlink:  # else the one before has deleted the folder
                yield
                return


def forget_conversions(bucket: str, prefix: str = "") -> None:
    """Delete what is here for the prefix, and folders that are empty then."""
    folder = conversion_folder(bucket, prefix)
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # a folder that holds anything else stays
        while folder.parent != cache_folder("converted").parent:
            folder = folder.parent
            folder.rmdir()


def local_conversions() -> Iterator[LocalConversions]:
    """Yield what is here, if it holds any bytes."""
    here = cache_folder("converted")
    for folder in sorted(here.iterdir()) if here.is_dir() else ():
        files = [file.stat() for file in folder.rglob("*") if file.is_file()]
        if size := sum(file.st_size for file in files):
            changed = datetime.fromtimestamp(max(file.st_mtime for file in files), UTC)
            yield LocalConversions(bucket=folder.name, folder=folder, bytes=size, changed=changed)
