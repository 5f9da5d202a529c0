"""Which tables of a load are its own, and which of them is in use."""

from datetime import UTC, datetime

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.native.generations import earlier_tables, own_table, table_in_use
from local_aws.testing.stage import Stage

REGION = "eu-north-1"
OURS = {"project": "shop", "stack": "dev"}
TAGS = [{"Key": key, "Value": value} for key, value in {**OURS, "dataset": "events"}.items()]


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    return Stage(server, REGION)


def in_use(stage: Stage, base: str) -> str | None:
    return table_in_use(f"/shop/dev/tables/{base}", base, OURS, Aws(region=REGION))


def test_own_table_is_recognized_by_the_tags_of_the_stack(there: Stage) -> None:
    mine, foreign = there.table(there.named("mine"), Tags=TAGS), there.table(there.named("foreign"))
    assert own_table(mine, OURS, Aws(region=REGION)) == mine
    assert own_table(foreign, OURS, Aws(region=REGION)) is None
    assert own_table("no-such-table", OURS, Aws(region=REGION)) is None


def test_table_in_use_when_the_parameter_names_one_is_that_one(there: Stage) -> None:
    base = there.named("events")
    older, newer = (there.table(f"{base}-{digest}", Tags=TAGS) for digest in ("0123abcd", "4567cdef"))
    assert newer
    aws = Aws(region=REGION)
    aws.ssm.put_parameter(Name=f"/shop/dev/tables/{base}", Value=older, Type="String")
    assert in_use(there, base) == older


def test_table_in_use_is_the_newest_finished_one_when_the_parameter_is_missing(
    there: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = there.named("events")
    made = [there.table(f"{base}-{digest}", Tags=TAGS) for digest in ("0123abcd", "4567cdef")]
    unfinished = there.table(f"{base}-89abcdef")
    ages = {name: str(age) for age, name in enumerate([*made, unfinished])}
    monkeypatch.setattr(
        "dynamodb_bulk.loads.native.generations.table_identity", lambda name, _: ages.get(name, "")
    )
    assert in_use(there, base) == made[1]
    assert in_use(there, there.named("nothing")) is None


def test_earlier_tables_are_those_made_before_the_current_one(
    there: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = there.named("events")
    first, current, failed = (there.table(f"{base}-{digit}{'0' * 7}") for digit in "123")
    now = datetime.now(UTC).isoformat()
    ages = {first: f"{now}-1", current: f"{now}-2", failed: f"{now}-3"}
    monkeypatch.setattr(
        "dynamodb_bulk.loads.native.generations.table_identity", lambda name, _: ages.get(name, "")
    )
    assert earlier_tables(current, 2, Aws(region=REGION)) == (first,)
