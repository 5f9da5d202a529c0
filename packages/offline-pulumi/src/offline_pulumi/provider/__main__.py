"""Serves the engine whose address is the last argument, as `pulumi-resource-aws` does."""

import sys
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from offline_pulumi.exit_with_parent import end_with_parent
from offline_pulumi.provider.service import AwsProvider

THREADS = 64


def main() -> None:
    """Print the port that the engine is to call, then serves until the engine ends."""
    end_with_parent()
    server = grpc.server(
        futures.ThreadPoolExecutor(THREADS),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(AwsProvider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
