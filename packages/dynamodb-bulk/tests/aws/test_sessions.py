"""What sessions share."""

from dynamodb_bulk.aws.sessions import core_session


def test_sessions_share_the_description_of_a_service() -> None:
    first, second = (core_session().get_component("data_loader") for _ in range(2))
    assert first.load_service_model("kms", "service-2") is second.load_service_model("kms", "service-2")
