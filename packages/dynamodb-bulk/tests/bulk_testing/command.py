"""The `bulk` command, run as a user runs it, or in this process."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.cli.app import main
from dynamodb_bulk.loads.load import DescribedLoad

BULK = Path(sys.executable).parent / "bulk"


class _Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


class _Typed(io.StringIO):
    """Lines as they are typed; where a control character is one, what the terminal makes of it."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines: Iterator[str] = iter(lines)

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        match next(self._lines):
            case "\x03":
                raise KeyboardInterrupt
            case "\x04":
                return ""
            case line:
                return f"{line}\n"


def bulk(
    *arguments: object, typed: Sequence[str] | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in this process: to start Python and import everything takes longer than it does.

    With lines that are `typed`, its streams are a terminal's.
    """
    kind = io.BytesIO if typed is None else _Terminal
    written = kind(), kind()
    encoding = environ.get("PYTHONIOENCODING", "utf-8")
    out, error = (io.TextIOWrapper(each, encoding=encoding, write_through=True) for each in written)
    command = list(map(str, arguments))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ({"COLUMNS": "200"} | environ).items():
            patch.setenv(name, value)
        patch.setattr("sys.argv", ["bulk", *command])
        if typed is not None:
            patch.setattr("sys.stdin", _Typed(typed))
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", error)
        # It is for a process of the command's own.
        patch.setattr("dynamodb_bulk.cli.app.keep_freed_memory", lambda: None)
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    assert isinstance(code, int)
    said = [each.getvalue().decode(encoding) for each in written]
    return subprocess.CompletedProcess(command, code, *said)


def deployed(
    folder: Path,
    patch: pytest.MonkeyPatch,
    load: DescribedLoad,
    region: str,
    run: Mapping[str, Any] | None = None,
) -> None:
    """Have a stack with this load, and its run, selected: an engine on PATH that exports its state."""
    outputs = {"load": load.model_dump(mode="json"), "aws": {"region": region, "profile": None}}
    if run:
        outputs["run"] = dict(run)
    select(folder, patch, outputs)


def select(folder: Path, patch: pytest.MonkeyPatch, *outputs: Mapping[str, Any]) -> None:
    """Have a stack selected whose components have these outputs."""
    state = folder / "state"
    state.write_text(json.dumps({"deployment": {"resources": [{"outputs": one} for one in outputs]}}))
    engine = folder / "pulumi"
    engine.write_text(f"#!/bin/sh\n[ \"$2\" = export ] && exec cat {state}\necho '[]'\n")
    engine.chmod(0o755)
    patch.setenv("PATH", str(folder), prepend=":")
