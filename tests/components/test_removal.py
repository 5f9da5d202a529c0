"""What a stack does when something leaves it: when the work is done, and when it is not."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.protection import ProtectionProvider
from components.removal import RemovalProvider

ROOT = Path(__file__).parent.parent.parent
OLD: dict[str, Any] = {"kind": "record", "arguments": {"load": "orders"}, "also": {"keep_tables": True}}


def test_removal_when_its_arguments_change_does_the_old_work_first() -> None:
    found = RemovalProvider().diff("record", OLD, OLD | {"arguments": {"load": "sensors"}})
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ["arguments"], True)


def test_removal_when_the_environment_changes_keeps_the_record() -> None:
    found = RemovalProvider().diff("record", OLD, OLD | {"also": {"keep_tables": False}})
    assert (found.changes, found.replaces) == (True, [])


def test_protection_when_it_is_on_refuses_with_what_to_do_and_when_off_lets_go() -> None:
    with pytest.raises(pulumi.RunError, match="set bulk:window to closed and bulk:environment to staging"):
        ProtectionProvider().delete("protection", {"on": True})
    ProtectionProvider().delete("protection", {"on": False})
    assert not ProtectionProvider().diff("protection", {"on": True}, {"on": False}).replaces


def test_process_of_dynamic_providers_imports_no_sdk_of_aws() -> None:
    modules = {"boto3", "botocore", "polars", "pulumi_aws", "pydantic"}
    program = f"import sys, components.protection, components.removal; print({modules} & {{*sys.modules}})"
    assert subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True) == "set()\n"
