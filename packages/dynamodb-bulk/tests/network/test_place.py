"""That an instance does not move."""

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.network.place import require_same_vpc
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.stage import Stage

REGION = "eu-west-3"


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    return Stage(server, REGION)


def test_place_is_free_when_the_subnet_group_does_not_exist(there: Stage) -> None:
    require_same_vpc("never-made", {"subnet-id": there.subnets()}, Aws(region=REGION))


def test_place_is_refused_when_the_subnet_group_is_in_a_different_vpc(there: Stage) -> None:
    vpc, group = there.network()
    subnets = [
        one["SubnetId"]
        for one in there.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    ]
    aws = Aws(region=REGION)
    require_same_vpc(group, {"subnet-id": subnets[:1]}, aws)
    require_same_vpc(group, {"cidr-block": ["10.8.0.0/24"]}, aws)
    for other in ({"subnet-id": there.subnets()}, {"subnet-id": subnets, "cidr-block": ["10.9.0.0/24"]}):
        with pytest.raises(InputError, match=f"the replication instance is in {vpc}"):
            require_same_vpc(group, other, aws)
