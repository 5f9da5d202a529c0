"""Environment: a stack is judged by the configuration of its own environment."""

from policies.resources import Stack
from policies.rule import Family, Finding, Findings, Settings, text
from policies.tokens import STACK

ENVIRONMENT = Family("environment", "A stack is judged by the configuration of its own environment.")


@ENVIRONMENT.on_stack(
    "matches",
    why="Judged by another environment's configuration, a production stack may lose its tables.",
    remedy="give `--policy-pack-config policies/config/<environment>.json`",
    settings={"is": text("", "the environment that a configuration is for; empty: any")},
)
def configuration_is_the_environments(stack: Stack, settings: Settings) -> Findings:
    """Judge by the stack's output `environment`, if it has one."""
    for root in stack.of(STACK):
        found = root.peek("environment")
        if settings["is"] and found is not None and found != settings["is"]:
            yield Finding(root, "environment", found, f"the configuration is for {settings['is']}")
