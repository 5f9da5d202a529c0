"""Credentials of a role, assumed when they are first needed and again before they expire."""

from typing import Any, cast

import boto3
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import NoCredentialsError

from dynamodb_bulk.aws.clients import RoleRequest
from dynamodb_bulk.aws.sessions import core_session


def assumed(session: boto3.Session, request: RoleRequest) -> boto3.Session:
    """Return a session with the role's credentials, which those of `session` are exchanged for."""
    core = core_session()
    core.register_component("credential_provider", CredentialResolver([_Assumed(session, request)]))
    return boto3.Session(botocore_session=core, region_name=session.region_name)


class _Assumed(CredentialProvider):
    METHOD = "assume-role"

    def __init__(self, session: boto3.Session, request: RoleRequest) -> None:
        super().__init__()
        self._session = session
        self._request = dict(request)

    def load(self) -> DeferredRefreshableCredentials:
        """Return credentials that fetch themselves."""
        source = cast("Any", self._session).get_credentials()
        if source is None:
            raise NoCredentialsError
        more = {name: value for name, value in self._request.items() if name != "RoleArn"}
        if seconds := more.get("DurationSeconds"):
            more["DurationSeconds"] = int(seconds)  # a state keeps numbers as floats
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=cast("Any", self._session).client,
            source_credentials=source,
            role_arn=self._request["RoleArn"],
            extra_args=more,
        )
        return DeferredRefreshableCredentials(
            method=self.METHOD, refresh_using=cast("Any", fetcher).fetch_credentials
        )
