"""The report of a run, as Markdown that its user can send on: no credentials, no account id."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from smoke.probe import Answer, Probe
from smoke.stage import Stage

LOCAL = Path(__file__).with_name("local.json")
"""What local AWS answered to the same questions, by their names."""
_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")


def local_answers() -> dict[str, str]:
    """Return what local AWS answered; empty before it was asked."""
    found: dict[str, str] = json.loads(LOCAL.read_text()) if LOCAL.exists() else {}
    return found


def keep_local_answers(answers: Mapping[str, Answer]) -> None:
    """Keep the good answers of local AWS; those to questions that were not asked stay."""
    kept = local_answers() | {name: answer.text for name, answer in answers.items() if answer.good}
    LOCAL.write_text(json.dumps(kept, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def write_report(
    stage: Stage, probes: Sequence[Probe], answers: Mapping[str, Answer], left: Sequence[str], today: date
) -> Path:
    """Write the report to the current folder, and return its path."""
    local, rows = local_answers(), list[str]()
    for question in (question for probe in probes for question in probe.questions):
        answer = answers[question.name]
        took = "" if answer.seconds is None else f" ({answer.seconds:,.1f} s)"
        cells = (question.asks, answer.text + took, local.get(question.name, "not asked"), question.docs)
        rows.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    raw = [f"### {name}\n\n```json\n{_json(found)}\n```" for name, found in sorted(stage.raw.items())]
    where = "local AWS" if stage.local else stage.aws.region
    text = "\n".join(
        [
            f"# What AWS did: {where}, {today}\n",
            "| question | what AWS did | what local AWS does | what the docs say |",
            "|---|---|---|---|",
            *rows,
            "\n## What could not be removed\n",
            *([f"- {line}" for line in left] or ["Nothing is left."]),
            "\n## Raw answers\n",
            "\n\n".join(raw),
        ]
    )
    path = Path(f"aws-smoke-{stage.account[-4:]}-{today}.md")
    path.write_text(masked(text, stage.account) + "\n")
    return path


def masked(text: str, account: str) -> str:
    """Return the text without the account's id and without access keys."""
    return _KEY.sub("ACCESS-KEY", text.replace(account, "ACCOUNT"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _json(found: Any) -> str:
    def plain(value: Any) -> str:
        return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)

    return json.dumps(found, indent=1, default=plain, ensure_ascii=False)
