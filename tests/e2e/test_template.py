"""`pulumi new` makes a project of one's own of this one."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.clone import NOT_COPIED, ROOT, Clone, clone_at

pytestmark = pytest.mark.engine


def test_project_made_by_pulumi_new_loads_under_its_own_name_and_leaves_nothing(
    clone: Clone, tmp_path: Path
) -> None:
    shutil.copytree(ROOT, tmp_path / "dynamodb-bulk", ignore=NOT_COPIED)
    mine = tmp_path / "my-load"
    mine.mkdir()
    new = clone.literal(f"cd {mine} && pulumi new ../dynamodb-bulk --name my-load --stack dev --yes")
    assert "Created project 'my-load'" in new.output, new.output
    assert clone.literal(f"cd {mine} && pulumi stack rm dev --yes --preserve-config").code == 0
    project = clone_at(mine)
    up = project.make("up")
    assert up.code == 0, up.output
    assert project.client("s3").list_buckets()["Buckets"][0]["Name"] == "my-load-local-files-123456789012"
    down = project.make("down")
    assert down.code == 0, down.output
    assert "role dms-vpc-role: belongs to the account" in down.output
