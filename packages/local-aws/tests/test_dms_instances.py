import pytest
from botocore.exceptions import ClientError

from local_aws.testing.stage import Stage


def _fields(stage: Stage, arn: str):
    filters = [{"Name": "replication-instance-arn", "Values": [arn]}]
    return stage.dms.describe_replication_instances(Filters=filters)["ReplicationInstances"][0]


def test_instance_when_created_becomes_available_by_itself(stage: Stage):
    arn = stage.instance(wait=False)
    stage.until(lambda: stage.instance_status(arn) == "available")


def test_instance_with_the_latency_of_aws_is_still_being_created(slow_stage: Stage):
    assert slow_stage.instance_status(slow_stage.instance(wait=False)) == "creating"


def test_instance_with_nothing_but_its_class_has_the_defaults_of_aws(stage: Stage):
    fields = _fields(stage, stage.instance(wait=False))
    assert fields["AllocatedStorage"] == 50
    assert fields["PubliclyAccessible"] is True
    assert fields["MultiAZ"] is False
    assert fields["ReplicationSubnetGroup"]["ReplicationSubnetGroupIdentifier"].startswith("default-vpc-")
    assert [group["Status"] for group in fields["VpcSecurityGroups"]] == ["active"]


def test_instance_arn_ends_in_26_random_characters(stage: Stage):
    arn = stage.instance(wait=False)
    assert arn.startswith("arn:aws:dms:eu-west-1:123456789012:rep:")
    assert len(arn.rsplit(":", 1)[1]) == 26


@pytest.mark.parametrize("name", ["1a", "a-", "a--b", "a_b", "a" * 64])
def test_instance_with_an_identifier_that_dms_refuses_is_refused(stage: Stage, name: str):
    with pytest.raises(ClientError, match="is not a valid identifier"):
        stage.dms.create_replication_instance(
            ReplicationInstanceIdentifier=name, ReplicationInstanceClass="dms.t3.medium"
        )


def test_instance_of_an_unknown_class_is_refused(stage: Stage):
    with pytest.raises(ClientError, match=r"Invalid replication instance class: dms.t9.huge"):
        stage.dms.create_replication_instance(
            ReplicationInstanceIdentifier="a", ReplicationInstanceClass="dms.t9.huge"
        )


def test_instance_when_the_identifier_is_taken_in_other_letters_is_refused(stage: Stage):
    stage.instance(wait=False)
    with pytest.raises(stage.dms.exceptions.ResourceAlreadyExistsFault):
        stage.dms.create_replication_instance(
            ReplicationInstanceIdentifier=stage.named("INSTANCE"), ReplicationInstanceClass="dms.t3.medium"
        )


def test_instance_in_an_unknown_subnet_group_is_refused(stage: Stage):
    with pytest.raises(stage.dms.exceptions.ResourceNotFoundFault):
        stage.instance(ReplicationSubnetGroupIdentifier="nowhere")


def test_instance_when_modified_at_once_passes_through_modifying(stage: Stage):
    arn = stage.instance()
    stage.dms.modify_replication_instance(
        ReplicationInstanceArn=arn, ReplicationInstanceClass="dms.c5.large", ApplyImmediately=True
    )
    assert stage.instance_status(arn) == "modifying"
    stage.until(lambda: stage.instance_status(arn) == "available")
    assert _fields(stage, arn)["ReplicationInstanceClass"] == "dms.c5.large"


def test_instance_when_modified_later_keeps_its_class_and_shows_the_pending_one(stage: Stage):
    arn = stage.instance()
    stage.dms.modify_replication_instance(ReplicationInstanceArn=arn, ReplicationInstanceClass="dms.c5.large")
    fields = _fields(stage, arn)
    assert fields["ReplicationInstanceClass"] == "dms.t3.medium"
    assert fields["PendingModifiedValues"] == {"ReplicationInstanceClass": "dms.c5.large"}


def test_instance_when_deleted_is_deleting_and_then_not_found(stage: Stage):
    arn = stage.instance()
    stage.dms.delete_replication_instance(ReplicationInstanceArn=arn)
    assert stage.instance_status(arn) == "deleting"

    def gone() -> bool:
        try:
            stage.instance_status(arn)
        except stage.dms.exceptions.ResourceNotFoundFault:
            return True
        return False

    stage.until(gone)


def test_instance_with_a_task_cannot_be_deleted(stage: Stage):
    instance = stage.instance()
    stage.task(instance=instance)
    with pytest.raises(stage.dms.exceptions.InvalidResourceStateFault, match="one or more replication tasks"):
        stage.dms.delete_replication_instance(ReplicationInstanceArn=instance)


def test_orderable_list_has_every_class_with_every_engine_version_in_pages(stage: Stage):
    pages = list(stage.dms.get_paginator("describe_orderable_replication_instances").paginate(MaxRecords=20))
    found = [each for one in pages for each in one["OrderableReplicationInstances"]]
    assert len(pages) > 1
    assert len({(each["ReplicationInstanceClass"], each["EngineVersion"]) for each in found}) == len(found)
    medium = next(each for each in found if each["ReplicationInstanceClass"] == "dms.t3.medium")
    assert (medium["MinAllocatedStorage"], medium["IncludedAllocatedStorage"]) == (5, 50)
    assert medium["StorageType"] == "gp2"
    assert len(medium["AvailabilityZones"]) > 1
