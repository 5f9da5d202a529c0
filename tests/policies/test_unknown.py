"""Mandatory rules hold in a preview, too: they decide on what is known then."""

from dataclasses import replace

import pytest

import policies.tokens as tokens
from tests.policies.factories import BY_NAME, ROLES, UNKNOWN, Node, document, hear, node, statement


def refused(rule: str, *nodes: Node) -> list[str]:
    heard = hear(BY_NAME[rule], nodes)
    assert heard.noted == []
    return [message for _, message in heard.refused]


def test_prefix_when_the_name_is_unknown_decides_on_the_name_prefix() -> None:
    (said,) = refused(
        "naming-prefix", node(tokens.BUCKET, changes={"bucket": UNKNOWN, "bucketPrefix": "other-"})
    )
    assert said.startswith('bucketPrefix is "other-": it begins with shop-test-')
    assert not refused(
        "naming-prefix", node(tokens.BUCKET, changes={"bucket": UNKNOWN, "bucketPrefix": "shop-test-"})
    )


def test_account_role_when_its_name_is_unknown_is_refused_since_dms_looks_for_a_fixed_one() -> None:
    (said,) = refused(
        "naming-account-roles",
        node(tokens.ROLE, "role", changes={"name": UNKNOWN}),
        node(tokens.ATTACHMENT, changes={"policyArn": ROLES["dms-vpc-role"]}, taken={"role": "role"}),
    )
    assert said.startswith("name is not known before `pulumi up`: a role with this policy is dms-vpc-role")


@pytest.mark.parametrize(
    ("rule", "guard"),
    [
        ("data-public-access-block", tokens.PUBLIC_ACCESS_BLOCK),
        ("data-encryption", tokens.ENCRYPTION),
        ("data-tls-only", tokens.BUCKET_POLICY),
    ],
)
def test_bucket_when_its_name_is_unknown_is_guarded_by_what_takes_the_name_from_it(
    rule: str, guard: str
) -> None:
    bucket = node(tokens.BUCKET, "bucket", changes={"bucket": UNKNOWN})
    assert not refused(rule, bucket, node(guard, "guard", taken={"bucket": "bucket"}))
    assert refused(rule, bucket, node(guard, "of another"))


def test_unknown_bucket_policy_counts_and_is_noted() -> None:
    policy = node(tokens.BUCKET_POLICY, changes={"policy": UNKNOWN})
    assert not refused("data-tls-only", node(tokens.BUCKET, "bucket"), policy)
    assert hear(BY_NAME["data-tls-policy"], [policy]).noted == [
        "string value at .policy can't be known during preview"
    ]


def test_order_when_every_value_is_unknown_is_judged_by_dependencies() -> None:
    role = node(tokens.ROLE, "role", changes={"name": "dms-vpc-role"})
    attachment = node(
        tokens.ATTACHMENT, "attached", changes={"policyArn": ROLES["dms-vpc-role"]}, taken={"role": "role"}
    )
    unknown: dict[str, str] = dict.fromkeys(("replicationInstanceId", "replicationInstanceClass"), UNKNOWN)
    early = node(tokens.INSTANCE, changes=unknown)
    late = node(tokens.INSTANCE, changes=unknown, depends_on=("attached",))
    assert refused("ordering-vpc-role-first", role, attachment, early)
    assert not refused("ordering-vpc-role-first", role, attachment, late)


def test_second_index_when_the_first_ones_capacity_is_unknown_is_judged() -> None:
    indexes = [
        {"name": "a", "hashKey": "PK", "projectionType": "ALL", "readCapacity": UNKNOWN},
        {"name": "b", "hashKey": "PK", "projectionType": "ALL", "readCapacity": 5000},
    ]
    heard = hear(
        BY_NAME["cost-provisioned"], [node(tokens.TABLE, changes={"globalSecondaryIndexes": indexes})]
    )
    assert [message.split(":")[0] for _, message in heard.refused] == [
        "globalSecondaryIndexes.1.readCapacity is 5000"
    ]
    assert "globalSecondaryIndexes.0.readCapacity" in heard.noted[0]


def test_inline_policies_when_one_is_unknown_are_judged_by_the_others() -> None:
    inline = [{"name": "a", "policy": UNKNOWN}, {"name": "b", "policy": document(statement(Action="*"))}]
    heard = hear(BY_NAME["privilege-actions"], [node(tokens.ROLE, changes={"inlinePolicies": inline})])
    assert "inlinePolicies.1.policy" in heard.refused[0][1]
    assert "inlinePolicies" in heard.noted[0]


def test_document_when_it_is_an_object_and_a_part_of_it_is_unknown_is_noted() -> None:
    given = {"Version": "2012-10-17", "Statement": [{**statement(), "Resource": UNKNOWN}]}
    heard = hear(BY_NAME["privilege-resources"], [node(tokens.ROLE_POLICY, changes={"policy": given})])
    assert heard.refused == []
    assert "policy" in heard.noted[0]


def test_managed_policies_when_one_is_unknown_are_noted() -> None:
    given = node(tokens.ROLE, changes={"managedPolicyArns": [UNKNOWN]})
    assert "managedPolicyArns" in hear(BY_NAME["privilege-no-full-access"], [given]).noted[0]


def test_instance_when_its_account_role_was_looked_up_needs_no_attachment() -> None:
    roles = Node(type="bulk:components:DmsRoles", name="roles", props={"adopted": ["dms-vpc-role"]})
    assert not refused("ordering-vpc-role-first", roles, node(tokens.INSTANCE))
    assert refused("ordering-vpc-role-first", node(tokens.INSTANCE))
    assert hear(BY_NAME["ordering-vpc-role-first"], [node(tokens.INSTANCE)], {"adopted": True}).refused == []


def test_order_when_the_chain_of_dependencies_is_long_is_followed_to_its_end() -> None:
    role = node(tokens.ROLE, "role", changes={"name": "dms-vpc-role"})
    attachment = node(
        tokens.ATTACHMENT, "0", changes={"policyArn": ROLES["dms-vpc-role"]}, taken={"role": "role"}
    )
    links = [node(tokens.PARAMETER, str(number), depends_on=(str(number - 1),)) for number in range(1, 3000)]
    instance = node(tokens.INSTANCE, depends_on=("2999",))
    assert not refused("ordering-vpc-role-first", role, attachment, *links, instance)


def test_upload_when_the_buckets_name_is_unknown_is_found_by_what_takes_it_from_the_bucket() -> None:
    bucket = node(tokens.BUCKET, "bucket", changes={"bucket": UNKNOWN})
    file = node(tokens.OBJECT, "file", taken={"bucket": "bucket"})
    source = {"inputFormat": "CSV", "s3BucketSource": {"bucket": UNKNOWN, "keyPrefix": "data/"}}
    table = node(tokens.TABLE, taken={"importTable": "bucket"}, changes={"importTable": source})
    late = refused("ordering-uploads-first", bucket, file, table)
    assert late == [said for said in late if "file comes before it" in said] != []
    assert not refused("ordering-uploads-first", bucket, file, replace(table, depends_on=("file",)))
