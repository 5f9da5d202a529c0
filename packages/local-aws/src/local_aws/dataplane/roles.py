"""What a service may do: the roles it assumes, checked against local IAM."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from moto.iam.exceptions import NotFoundException
from moto.iam.models import Role, iam_backends

from local_aws.account import ACCOUNT, PARTITION
from local_aws.dataplane.policies import Statement, allows, statements, trusts

DMS = "dms.amazonaws.com"


class DeniedError(Exception):
    """The role does not exist, does not trust the service, or lacks a permission; the text says which."""


@dataclass(frozen=True, kw_only=True)
class AssumedRole:
    """Tells what a role allows that a service has assumed on behalf of some of its resources."""

    arn: str
    rules: tuple[Statement, ...]
    context: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def require(self, actions: Iterable[str], resource: str) -> None:
        """Raise DeniedError for the first action that the role may not do on the resource."""
        for action in actions:
            if not self.may(action, resource):
                raise DeniedError(
                    f"{self.arn} is not authorized to perform: {action} on resource: {resource}"
                )

    def may(self, action: str, resource: str) -> bool:
        """Return whether the role's own and attached policies allow the action."""
        return allows(self.rules, action, resource, self.context)


def assume(arn: str, *, service: str = DMS, on_behalf_of: Iterable[str] = ()) -> AssumedRole:
    """Assume a role as a service does, for resources that aws:SourceArn may name; raise DeniedError."""
    role = _find(arn)
    if role is None:
        raise DeniedError(f"The IAM role {arn} does not exist")
    context: dict[str, frozenset[str]] = {"aws:sourceaccount": frozenset((ACCOUNT,))}
    if sources := frozenset(on_behalf_of):
        context["aws:sourcearn"] = sources
    if not trusts(statements((role.assume_role_policy_document,)), service, context):
        raise DeniedError(
            f"{service} cannot assume the IAM role {arn}: its trust policy does not allow sts:AssumeRole "
            f"to the service {service}, or a condition in it is not met"
        )
    documents = [*role.policies.values(), *(_text(policy) for policy in role.managed_policies.values())]
    return AssumedRole(arn=arn, rules=tuple(statements(documents)), context=context)


def account_role(name: str) -> str:
    """Return the ARN of a role of this account."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _find(arn: str) -> Role | None:
    try:
        role = iam_backends[ACCOUNT][PARTITION].get_role(arn.rsplit("/", 1)[-1])
    except NotFoundException:
        return None
    return role if role.arn == arn else None


def _text(policy: object) -> str:
    versions = getattr(policy, "versions", [])
    return next((version.document for version in versions if version.is_default), "{}")
