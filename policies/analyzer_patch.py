"""Judge a resource only by the rules about its type, and read a stack once for all rules.

The SDK reads a resource again for each policy of a pack, even those that are not about it, and the entire
stack for each policy of stacks: most of the time that policies add to a preview of many resources.
"""
# pyright: reportPrivateUsage=false, reportUnknownVariableType=false

from collections.abc import Iterable
from copy import copy
from typing import Any

from pulumi.runtime import proto
from pulumi_policy import Policy, PolicyResource, ReportViolation, StackValidationArgs, StackValidationPolicy
from pulumi_policy import policy as sdk

from policies.rule import Rule

Service = sdk._PolicyAnalyzerServicer


class ByType(Service):
    """The SDK's service, which passes each type of resource to a separate one."""

    rules: dict[str, Rule]

    def __init__(self, name: str, version: str, policies: list[Policy], *rest: Any) -> None:
        super().__init__(name, version, policies, *rest)
        self._policies = policies
        self._common = (name, version)
        self._rest = rest
        self._services: dict[str, Service] = {}
        self._configuration: Any = None

    def Configure(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Keep the configuration for the services that are created later."""
        self._configuration = request
        self._services.clear()
        return super().Configure(request, _context)

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Judge a resource by the rules about its type."""
        return self._about(request.type).Analyze(request, _context)

    def Remediate(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Remediate a resource by the rules that can."""
        if any(rule.mend and rule.is_about(request.type) for rule in self.rules.values()):
            return self._about(request.type).Remediate(request, _context)
        return proto.RemediateResponse()

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Judge the stack by all rules about stacks."""
        read: list[PolicyResource] = []

        def keep(args: StackValidationArgs, _: ReportViolation) -> None:
            read.extend(args.resources)

        reading = StackValidationPolicy("read", "Reads a stack.", keep)
        self._service([reading]).AnalyzeStack(request, context)
        judging = [_given(each, read) for each in self._policies if isinstance(each, StackValidationPolicy)]
        return self._service(judging).AnalyzeStack(proto.AnalyzeStackRequest(), context)

    def _about(self, kind: str) -> Service:
        if kind not in self._services:
            chosen = [each for each in self._policies if self.rules[each.name].is_about(kind)]
            self._services[kind] = self._service(chosen)
        return self._services[kind]

    def _service(self, policies: list[Policy]) -> Service:
        service = Service(*self._common, policies, *self._rest)
        if self._configuration is not None:
            service.Configure(self._configuration, None)
        return service


def _given(policy: StackValidationPolicy, resources: list[PolicyResource]) -> Policy:
    """Return the policy, with these resources to judge whatever it is asked about."""

    def validate(args: StackValidationArgs, report_violation: ReportViolation) -> Any:
        judged = StackValidationArgs(resources, args.get_config(), args.stack_tags)
        return policy.validate(judged, report_violation)

    given = copy(policy)
    given.validate = validate
    return given


def serve_by_type(rules: Iterable[Rule]) -> None:
    """Have the SDK's `PolicyPack` serve the policies of these rules so."""
    ByType.rules = {rule.name: rule for rule in rules}
    sdk._PolicyAnalyzerServicer = ByType
