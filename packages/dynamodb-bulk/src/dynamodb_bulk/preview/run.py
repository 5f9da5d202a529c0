"""One `pulumi preview` with the policy pack: what it would change, and what it refuses."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dynamodb_bulk.pulumi_project import NO_ENGINE
from dynamodb_bulk.spec.errors import InputError

# Without it `--json` gives a digest that leaves the policies out.
STREAMED = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """A stack to preview: its settings file, and the folder of the backend that it is kept in, if its own."""

    stack: str
    environment: str
    project: Path
    settings: Path
    pack: Path
    configuration: Path
    backend: Path | None = None


@dataclass(frozen=True, order=True)
class Violation:
    """A rule that a resource breaks; `message` says why, which property and value, and what to do."""

    rule: str
    resource: str
    level: str
    message: str


@dataclass(kw_only=True)
class Preview:
    """How one preview went; `errors` are what stopped it, beside the policies."""

    target: Target
    changes: Mapping[str, int] = field(default_factory=dict[str, int])
    resources: int = 0
    rules: set[str] = field(default_factory=set[str])
    violations: list[Violation] = field(default_factory=list[Violation])
    errors: list[str] = field(default_factory=list[str])
    seconds: float = 0

    @property
    def refused(self) -> list[Violation]:
        """Violations that stop a deployment."""
        return [each for each in self.violations if each.level == "mandatory"]

    @property
    def advised(self) -> list[Violation]:
        """Violations that do not."""
        return [each for each in self.violations if each.level != "mandatory"]

    @property
    def good(self) -> bool:
        """Whether `pulumi up` may go on."""
        return not self.refused and not self.errors


def preview(target: Target) -> Preview:
    """Run the engine; raises InputError when there is none, or the stack cannot be had."""
    started = time.monotonic()
    environ = os.environ | STREAMED
    if target.backend:
        environ["PULUMI_BACKEND_URL"] = target.backend.as_uri()
        # Beside its settings, to which it adds the salt of the stack's secrets.
        _engine(target, environ, "stack", "init", target.stack, "--cwd", str(target.settings.parent))
    answer = _engine(
        target,
        environ,
        *("preview", "--json", "--stack", target.stack, "--config-file", str(target.settings)),
        *("--policy-pack", str(target.pack), "--policy-pack-config", str(target.configuration)),
        may_fail=True,
    )
    found = _read(target, answer.stdout)
    if answer.returncode and found.good:
        found.errors.append(answer.stderr.strip() or f"pulumi ended with exit code {answer.returncode}")
    found.seconds = time.monotonic() - started
    return found


def _engine(
    target: Target, environ: Mapping[str, str], *arguments: str, may_fail: bool = False
) -> subprocess.CompletedProcess[str]:
    try:
        answer = subprocess.run(  # noqa: S603 - no shell
            ["pulumi", *arguments],  # noqa: S607 - the one on PATH
            cwd=target.project,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise NO_ENGINE from None
    if answer.returncode and not may_fail:
        raise InputError(f"stack {target.stack}", answer.stderr.strip().removeprefix("error: "))
    return answer


def _read(target: Target, output: str) -> Preview:
    found = Preview(target=target)
    for event in _events(output):
        if summary := event.get("policyAnalyzeSummaryEvent") or event.get("policyAnalyzeStackSummaryEvent"):
            found.resources += "resourceUrn" in summary
            found.rules.update(summary.get("passed") or (), summary.get("failed") or ())
        elif violated := event.get("policyEvent"):
            found.violations.append(
                Violation(
                    rule=violated["policyName"],
                    resource=_subject(violated.get("resourceUrn", "")),
                    level=violated["enforcementLevel"],
                    message=violated["message"].strip(),
                )
            )
        elif ended := event.get("summaryEvent"):
            found.changes = ended["resourceChanges"]
        elif (said := event.get("diagnosticEvent")) and said["severity"] == "error":
            text = said["message"].strip().removeprefix("error: ")
            if text != "preview failed":
                found.errors.append(text)
    found.violations = sorted(set(found.violations))
    return found


def _events(output: str) -> Iterator[dict[str, Any]]:
    for line in output.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _subject(urn: str) -> str:
    """`aws:dynamodb:Table orders`, as Pulumi itself shows it."""
    *_, kinds, name = urn.split("::") if "::" in urn else ("", "the stack")
    module, _, kind = kinds.rpartition("$")[2].rpartition(":")
    return f"{module.partition('/')[0]}:{kind} {name}" if kind else name
