"""The families, and all of their rules."""

from policies.correctness import CORRECTNESS
from policies.cost import COST
from policies.environment import ENVIRONMENT
from policies.least_privilege import PRIVILEGE
from policies.naming import NAMING
from policies.ordering import ORDERING
from policies.secret_values import DATA
from policies.tagging import TAGGING
from policies.teardown import TEARDOWN

NAME = "dynamodb-bulk"
FAMILIES = (NAMING, TAGGING, TEARDOWN, ORDERING, PRIVILEGE, DATA, COST, CORRECTNESS, ENVIRONMENT)
RULES = tuple(rule for family in FAMILIES for rule in family.rules)
