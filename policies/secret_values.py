"""Data protection: no secret where it can be read."""

import re
from collections.abc import Iterator
from typing import Any, cast

from policies.data_protection import DATA
from policies.resources import Resource, Stack
from policies.rule import Finding, Findings, Settings, texts
from policies.tokens import STACK

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
SECRETS = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password": re.compile(
        r"(?i)\b(?:password|passwd|pwd|secret_?key)[\"']?\s*[=:]\s*[\"']?[^\s\"';,{}]{4,}"
    ),
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@"),
}
SECRET_NAME = re.compile(
    r"(?:^|[_-]|(?<=[a-z0-9])(?=[A-Z]))"
    r"(?i:password|passwd|secret|token|private[_-]?key|secret[_-]?key|api[_-]?key)$"
)
PLAIN = frozenset({"password", "secretKey", "secretAccessKey", "accessKey", "privateKey", "token"})


@DATA.on(
    frozenset(),
    "no-secret",
    why="Inputs are written to the state, previews and logs; DMS logs table mappings unchanged.",
    remedy="keep it in AWS Secrets Manager, and use its ARN here",
    settings={
        "except": texts([], "properties that may hold a secret (policies cannot see which are marked)")
    },
)
def holds_no_secret(resource: Resource, settings: Settings) -> Findings:
    """Report texts that look like secrets, and properties that hold passwords, without the secret.

    `pulumi up` checks texts that are not known yet: a note for each would hide everything else.
    """
    if resource.type == STACK:
        return
    for name in resource.properties:
        value = resource.peek(name)
        if name in PLAIN and name not in settings["except"] and value is not None:
            yield Finding(resource, name, "(hidden)", "a secret is not an input")
            continue
        for path, text in _texts(name, value):
            yield from _secrets(resource, path, text)


@DATA.on_stack(
    "no-secret-output",
    why="Everyone with access to the stack's outputs can read them: other stacks, CI logs, the console.",
    remedy="export the secret's ARN instead (policies cannot see which outputs are marked secret)",
    settings={"except": texts([], "outputs whose name looks like a secret but that are not secret")},
)
def exports_no_secret(stack: Stack, settings: Settings) -> Findings:
    """Report outputs by name and by content, without the secret."""
    for root in stack.of(STACK):
        for name in root.properties:
            if SECRET_NAME.search(name) and name not in settings["except"]:
                yield Finding(root, name, "(hidden)", "its name indicates a secret")
                continue
            for path, text in _texts(name, root.peek(name)):
                yield from _secrets(root, path, text)


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, each in cast("dict[str, Any]", value).items():
            yield from _texts(f"{path}.{name}", each)
    elif isinstance(value, list):
        for place, each in enumerate(cast("list[Any]", value)):
            yield from _texts(f"{path}.{place}", each)


def _secrets(resource: Resource, path: str, text: str) -> Findings:
    for what, pattern in SECRETS.items():
        if pattern.search(text):
            yield Finding(resource, path, "(hidden)", f"it looks like {what}")
