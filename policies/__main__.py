"""Assembles the policy pack for the engine: `pulumi preview --policy-pack policies`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
# The engine runs this file by its folder, which would let the pack's modules pass for top-level ones.
sys.path[:] = [str(HERE.parent), *(place for place in sys.path if place and Path(place).resolve() != HERE)]

from pulumi_policy import PolicyPack  # noqa: E402

from policies.pack import NAME, RULES  # noqa: E402
from policies.sdk_adapter import policy  # noqa: E402

PolicyPack(NAME, [policy(rule) for rule in RULES])
