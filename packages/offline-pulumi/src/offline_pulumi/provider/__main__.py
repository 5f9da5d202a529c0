"""Serves the engine whose address is the last argument, as `pulumi-resource-aws` does."""

from functools import partial

from pulumi.runtime.proto import provider_pb2_grpc

from offline_pulumi.plugin import end_with_parent, serve
from offline_pulumi.provider.service import AwsProvider

THREADS = 64

if __name__ == "__main__":
    end_with_parent()
    serve(partial(provider_pb2_grpc.add_ResourceProviderServicer_to_server, AwsProvider()), THREADS)
