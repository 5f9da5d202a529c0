"""The provider as the engine sees it: one gRPC service over the table of resource types."""
# ruff: noqa: ARG002, N802 - gRPC gives the methods their names and parameters

from functools import partial
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from offline_pulumi.engine.versions import PROVIDER
from offline_pulumi.plugin import end_with_parent, serve
from offline_pulumi.provider import inputs as checks
from offline_pulumi.provider.differences import Difference, difference
from offline_pulumi.provider.failures import Failure, worded
from offline_pulumi.provider.functions import FUNCTIONS
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.model import Props
from offline_pulumi.provider.properties import from_struct, has_unknown, to_struct
from offline_pulumi.provider.settings import Clients, read_settings, unknown_keys
from offline_pulumi.provider.types import TYPES

THREADS = 64


class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Makes resources of the table on local AWS."""

    def __init__(self) -> None:
        self._clients: Clients | None = None

    def Handshake(self, request: pb.ProviderHandshakeRequest, context: grpc.ServicerContext):
        """Take plain values: the engine unwraps secrets, and marks them again in what comes back."""
        return pb.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext):  # noqa: D102
        return plugin_pb2.PluginInfo(version=PROVIDER)

    @worded
    def CheckConfig(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        """Refuse configuration that the real provider does not know, and endpoints off this machine."""
        config = from_struct(request.news)
        failures = [
            pb.CheckFailure(property=key, reason=f"the AWS provider has no configuration {key!r}")
            for key in unknown_keys(config)
        ]
        if not failures and not has_unknown(config):
            try:
                read_settings(config)
            except Failure as failure:
                failures = [pb.CheckFailure(reason=str(failure))]
        return pb.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """Return a changed configuration replaces nothing."""
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        kind = pb.DiffResponse.DIFF_SOME if changed else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(changes=kind, diffs=changed)

    @worded
    def Configure(self, request: pb.ConfigureRequest, context: grpc.ServicerContext) -> pb.ConfigureResponse:
        """Takes region, endpoints, credentials and default tags."""
        config = from_struct(request.args)
        if not has_unknown(config):
            self._clients = Clients(read_settings(config))
        return pb.ConfigureResponse(supportsPreview=True)

    @worded
    def Check(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        """Return names unknown and missing arguments and wrong types; generates physical names."""
        entry = TYPES.get(_token(request.urn))
        if entry is None:
            raise Failure(
                f"{_token(request.urn)} is not a resource type of the local replacement for "
                f"pulumi-resource-aws; "
                f"it has {', '.join(sorted(TYPES))}"
            )
        news = from_struct(request.news)
        if found := checks.failures(entry, news):
            failures = [pb.CheckFailure(property=name, reason=reason) for name, reason in found.items()]
            return pb.CheckResponse(inputs=request.news, failures=failures)
        news = checks.named(
            entry,
            checks.normalised(entry, news),
            from_struct(request.olds),
            _name(request.urn),
            request.randomSeed,
        )
        return pb.CheckResponse(inputs=to_struct(news))

    @worded
    def Diff(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """Return what changes, and what of it can only be replaced."""
        old, new, _ = _given(request)
        found = self._difference(request)
        detailed: dict[str, pb.PropertyDiff] = {}
        for name in found.changed:
            given = name != "tagsAll"
            kind = "ADD" if given and name not in old else "DELETE" if given and name not in new else "UPDATE"
            suffix = "_REPLACE" if name in found.replaces else ""
            detailed[name] = pb.PropertyDiff(kind=pb.PropertyDiff.Kind.Value(kind + suffix), inputDiff=given)
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if found.changed else pb.DiffResponse.DIFF_NONE,
            diffs=found.changed,
            replaces=found.replaces,
            deleteBeforeReplace=found.delete_first,
            detailedDiff=detailed,
            hasDetailedDiff=bool(found.changed),
        )

    @worded
    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        """Create a resource, or says what it would be like."""
        inputs = from_struct(request.properties)
        lifecycle = self._lifecycle(request.urn)
        if request.preview:
            return pb.CreateResponse(properties=to_struct(lifecycle.preview(inputs)))
        made = lifecycle.create(inputs)
        return pb.CreateResponse(id=made.id, properties=to_struct(made.state))

    @worded
    def Read(self, request: pb.ReadRequest, context: grpc.ServicerContext) -> pb.ReadResponse:
        """A resource as AWS has it: for refresh, import and `get`; an empty id says that it is gone."""
        found = self._lifecycle(request.urn).read(request.id, from_struct(request.inputs))
        if found is None:
            return pb.ReadResponse()
        return pb.ReadResponse(id=found.id, properties=to_struct(found.state), inputs=to_struct(found.inputs))

    @worded
    def Update(self, request: pb.UpdateRequest, context: grpc.ServicerContext) -> pb.UpdateResponse:
        """Updates a resource in place, or says what it would be like."""
        _, new, state = _given(request)
        lifecycle = self._lifecycle(request.urn)
        if request.preview:
            return pb.UpdateResponse(properties=to_struct(lifecycle.preview(new, state)))
        changed = self._difference(request).changed
        return pb.UpdateResponse(
            properties=to_struct(lifecycle.update(request.id, new, changed, state).state)
        )

    @worded
    def Delete(self, request: pb.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Delete a resource; one that is gone already is fine."""
        self._lifecycle(request.urn).delete(request.id, from_struct(request.properties))
        return empty_pb2.Empty()

    @worded
    def Invoke(self, request: pb.InvokeRequest, context: grpc.ServicerContext) -> pb.InvokeResponse:
        """Answer one of the functions of the table."""
        function = FUNCTIONS.get(request.tok)
        if function is None:
            raise Failure(
                f"{request.tok} is not a function of the local replacement for pulumi-resource-aws; "
                f"it has {', '.join(sorted(FUNCTIONS))}"
            )
        found = function(self._configured(), from_struct(request.args))
        answer: dict[str, Any] = {"return": to_struct(found)}  # a keyword of Python's
        return pb.InvokeResponse(**answer)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Let what is in progress come to its end, so that the engine can record it."""
        return empty_pb2.Empty()

    def _configured(self) -> Clients:
        if self._clients is None:
            raise Failure("the AWS provider is not configured: its configuration is not known yet")
        return self._clients

    def _default_tags(self) -> dict[str, str]:
        return dict(self._clients.settings.default_tags) if self._clients else {}

    def _difference(self, request: pb.DiffRequest | pb.UpdateRequest) -> Difference:
        old, new, state = _given(request)
        state = {each: value for each, value in state.items() if each not in request.ignoreChanges}
        tags = self._default_tags()
        entry, name = TYPES[_token(request.urn)], _name(request.urn)
        return difference(entry, old, new, state=state, default_tags=tags, name=name)

    def _lifecycle(self, urn: str) -> Lifecycle:
        # A preview asks AWS nothing, and has to do with a provider that is not configured yet.
        return Lifecycle(
            TYPES[_token(urn)],
            lambda service, region: self._configured().get(service, region),
            self._default_tags(),
        )


def _given(request: pb.DiffRequest | pb.UpdateRequest) -> tuple[Props, Props, Props]:
    """Return old inputs, new inputs and old state; what is to be ignored has not changed."""
    old, new = from_struct(request.old_inputs), from_struct(request.news)
    new |= {name: old[name] for name in request.ignoreChanges if name in old}
    return old, new, from_struct(request.olds)


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


if __name__ == "__main__":
    end_with_parent()
    serve(partial(provider_pb2_grpc.add_ResourceProviderServicer_to_server, AwsProvider()), THREADS)
