"""Programs that fail, run by the local language host and by Pulumi's own executor: the user sees the same."""

from pathlib import Path

import pytest

from offline_pulumi_testing.executor import Engine, run_locally, run_officially, without_places

PROGRAMS = {
    "ends well": "pass",
    "a bug": "{}['PK']",
    "a RunError": "import pulumi; raise pulumi.RunError('no such stack')",
    "exit 32 after a message": "import pulumi, sys; pulumi.log.error('wrong'); sys.exit(32)",
    "another exit status": "raise SystemExit(3)",
    "an exit with a text": "raise SystemExit('gone')",
    "an end by a signal": "import os; os.kill(os.getpid(), 9)",
    "a bug in an apply": "import pulumi; pulumi.Output.from_input(0).apply(lambda zero: 1 / zero)",
    "a RunError in an apply": (
        "import pulumi\n"
        "def fail(_):\n"
        "    raise pulumi.RunError('refused')\n"
        "pulumi.Output.from_input(0).apply(fail)"
    ),
    "a refused look-up": "import pulumi; pulumi.runtime.invoke('aws:index/getRegion:getRegion', {})",
    "a status set at exit": "import atexit, os; atexit.register(os._exit, 7)",
    "a module that is missing": "import nowhere",
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_program_ends_the_same_when_run_locally_and_by_pulumis_own_executor(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "__main__.py").write_text(text)
    official, local = (run(tmp_path, {}, Engine()) for run in (run_officially, run_locally))
    assert (local.bail, local.error) == (official.bail, official.error)
    assert list(map(without_places, local.errors)) == list(map(without_places, official.errors))
