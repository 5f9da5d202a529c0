"""Serves a resource the rules that are about its type, and no others.

The SDK reads a resource anew for each policy of a pack, also for those that then look away: with these rules,
that would be most of what policies add to a preview of many resources.
"""
# pyright: reportPrivateUsage=false, reportUnknownVariableType=false

from collections.abc import Iterable
from typing import Any

from pulumi.runtime import proto
from pulumi_policy import Policy
from pulumi_policy import policy as sdk

from policies.rule import Rule

Service = sdk._PolicyAnalyzerServicer


class ByType(Service):
    """The SDK's own service, with another one behind it for each type of resource."""

    rules: dict[str, Rule]

    def __init__(self, name: str, version: str, policies: list[Policy], *rest: Any) -> None:
        super().__init__(name, version, policies, *rest)
        self._policies = policies
        self._common = (name, version)
        self._rest = rest
        self._services: dict[str, Service] = {}
        self._configuration: Any = None

    def Configure(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """For the services to come, too."""
        self._configuration = request
        self._services.clear()
        return super().Configure(request, _context)

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """By the rules about the type."""
        return self._about(request.type).Analyze(request, _context)

    def Remediate(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """By those of them that mend something."""
        if any(rule.mend and rule.is_about(request.type) for rule in self.rules.values()):
            return self._about(request.type).Remediate(request, _context)
        return proto.RemediateResponse()

    def _about(self, kind: str) -> Service:
        if kind not in self._services:
            chosen = [each for each in self._policies if self.rules[each.name].is_about(kind)]
            service = Service(*self._common, chosen, *self._rest)
            if self._configuration is not None:
                service.Configure(self._configuration, None)
            self._services[kind] = service
        return self._services[kind]


def serve_by_type(rules: Iterable[Rule]) -> None:
    """Have the SDK's `PolicyPack` serve the policies of these rules so."""
    ByType.rules = {rule.name: rule for rule in rules}
    sdk._PolicyAnalyzerServicer = ByType
