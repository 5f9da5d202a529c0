"""Rejected rows are written to a file, fixed, and loaded by themselves."""

from pathlib import Path

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.fast_stage import BAD, FastMethod, FastStage, lines
from dynamodb_bulk.cleanup.removals import forget_load
from dynamodb_bulk.loads.run_record import reports_prefix
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.stage import Stage

GOOD = '{"Item": {"id": {"S": "one"}, "v": {"S": "new"}}}\n'


def failed(server: str, folder: Path, patch: pytest.MonkeyPatch, method: FastMethod, text: str) -> FastStage:
    """A load of the text that is not good, in a stack that is selected."""
    patch.setenv("AWS_ENDPOINT_URL", server)
    there = Stage(server, "ap-northeast-3")
    fast = FastStage(there, folder, method)
    fast.fill("one", text)
    with pytest.raises(LoadFailed):
        fast.run("one")
    deployed(folder, patch, fast.load("one").load, there.region)
    patch.setenv("AWS_REGION", there.region)
    return fast


@pytest.mark.parametrize(
    ("method", "bad"), [("bulk_put", BAD), ("native", BAD), ("native", '{"Item": {"id": {"S": "one"}, \n')]
)
def test_load_is_good_and_verified_when_its_rejected_rows_are_fixed_and_loaded(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: FastMethod, bad: str
) -> None:
    fast = failed(server, tmp_path, monkeypatch, method, lines(2, "new") + bad)
    out = tmp_path / "rejected.txt"
    listed = bulk("rejected", "orders", "--out", out)
    assert (listed.returncode, out.read_text()) == (1, bad), listed.stderr
    out.write_text(GOOD)
    loaded = bulk("reload", "orders", "--only-rejected", out)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert fast.values() == {"new": 3}
    assert bulk("watch", "orders").returncode == 0
    assert bulk("status").returncode == 0
    verified = bulk("verify", "orders")
    assert verified.returncode == 0, verified.stdout
    assert bulk("rejected", "orders").stdout == "load orders: every row of the files arrived\n"
    assert "nothing has changed since" in fast.run("one")


def test_rows_that_an_import_did_not_read_are_loaded_as_they_are(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unread = "".join(lines(9, "new").splitlines(keepends=True)[2:])
    fast = failed(server, tmp_path, monkeypatch, "native", f"{lines(2, 'new')}{{broken\n{unread}")
    out = tmp_path / "rejected.txt"
    bulk("rejected", "orders", "--out", out)
    out.write_text(out.read_text().replace("{broken\n", GOOD))
    assert bulk("reload", "orders", "--only-rejected", out).returncode == 0
    assert bulk("verify", "orders").returncode == 0
    assert fast.values() == {"new": 10}


def test_load_is_not_good_when_only_some_rows_are_fixed(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(server, tmp_path, monkeypatch, "bulk_put", lines(2, "new") + BAD + BAD)
    out = tmp_path / "rejected.txt"
    out.write_text(GOOD)
    for _ in range(2):  # the same file again is the same rows
        loaded = bulk("reload", "orders", "--only-rejected", out)
        assert loaded.returncode == 1
        assert "1 of 4 rows rejected" in loaded.stdout
    out.write_text(GOOD.replace("one", "two"))
    assert bulk("reload", "orders", "--only-rejected", out).returncode == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + GOOD.replace("one", "two"), "holds 2 rows, but only 1 of load orders did not arrive"),
        (BAD, "not every row becomes an item"),
        (GOOD + GOOD, "not every row becomes an item"),
    ],
)
def test_reload_writes_nothing_when_the_file_does_not_fit(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    fast = failed(server, tmp_path, monkeypatch, "bulk_put", lines(2, "new") + BAD)
    out = tmp_path / "fixed.txt"
    out.write_text(text)
    refused = bulk("reload", "orders", "--only-rejected", out)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert fast.values() == {"new": 2}


def test_fixed_rows_go_with_their_load(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = failed(server, tmp_path, monkeypatch, "bulk_put", lines(2, "new") + BAD)
    out = tmp_path / "fixed.txt"
    out.write_text(GOOD)
    assert bulk("reload", "orders", "--only-rejected", out).returncode == 0
    forget_load(
        fast.aws,
        bucket=fast.stage.bucket,
        load="orders",
        method="bulk_put",
        reports_prefix=reports_prefix("orders"),
        keep_tables=True,
    )
    kept = fast.stage.s3.list_objects_v2(Bucket=fast.stage.bucket)["Contents"]
    assert [entry.get("Key") for entry in kept] == ["one/a.json"]


def test_reload_is_refused_when_every_row_arrived(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    there = Stage(server, "ap-northeast-3")
    fast = FastStage(there, tmp_path, "bulk_put")
    fast.fill("one", lines(2, "new"))
    fast.run("one")
    deployed(tmp_path, monkeypatch, fast.load("one").load, there.region)
    refused = bulk("reload", "orders", "--only-rejected", tmp_path / "a.json")
    assert refused.returncode == 2
    assert refused.stderr == "error: load orders: every row of its files arrived; there is nothing to fix\n"
