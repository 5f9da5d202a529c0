"""All rules, by family; the last family is one rule about the configuration that judges them."""

from policies.correctness import CORRECTNESS
from policies.cost import COST
from policies.least_privilege import PRIVILEGE
from policies.naming import NAMING
from policies.ordering import ORDERING
from policies.resources import Stack
from policies.rule import Family, Finding, Findings, Settings, text
from policies.secret_values import DATA
from policies.tagging import TAGGING
from policies.teardown import TEARDOWN
from policies.tokens import STACK

ENVIRONMENT = Family("environment", "A stack is judged by the configuration of its environment.")


@ENVIRONMENT.on_stack(
    "matches",
    why="With the configuration of a different environment, a production stack may lose its tables.",
    remedy="pass `--policy-pack-config policies/config/<environment>.json`",
    settings={"is": text("", "the environment that a configuration is for; empty: any")},
)
def configuration_is_the_environments(stack: Stack, settings: Settings) -> Findings:
    """Compare it with the stack's output `environment`, if there is one."""
    for root in stack.of(STACK):
        found = root.peek("environment")
        if settings["is"] and found is not None and found != settings["is"]:
            yield Finding(root, "environment", found, f"the configuration is for {settings['is']}")


NAME = "dynamodb-bulk"
FAMILIES = (NAMING, TAGGING, TEARDOWN, ORDERING, PRIVILEGE, DATA, COST, CORRECTNESS, ENVIRONMENT)
RULES = tuple(rule for family in FAMILIES for rule in family.rules)
