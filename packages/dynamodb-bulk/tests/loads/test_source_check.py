"""What is loaded is what the digest was taken of: files and objects that change while `pulumi up` runs."""

import gzip
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from boto3.s3.transfer import TransferConfig
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.conversion_record import ConversionRecord
from dynamodb_bulk.loads.listing import changed_objects, listed_objects, listing_of
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.native.loader import NATIVE
from dynamodb_bulk.loads.source_check import Place, SourceCheck
from dynamodb_bulk.loads.source_digest import Contents, data_digest, source_contents
from dynamodb_bulk.loads.staging import Conversion, stage_converted
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.sources.reading import local_files, open_items
from dynamodb_bulk.spec.errors import InputError, LoadFailed

BUCKET, PREFIX = "files", "data/orders/0123/"
KEY = f"{PREFIX}00001-a.csv"
ARN = "arn:aws:s3:::files"
PART = 5 * 1024**2
TEXT = """\
name: orders
source: {source}
columns: [{name: id, type: STRING, length: 20}, {name: note, type: STRING, length: 20}]
table: {partition_key: {name: id}}
"""
A, B = b"k1,A\nk2,A\n", b"k1,B\nk2,B\n"
LARGE_A, LARGE_B = (b"k1,%b\n" % letter * (PART // 4) for letter in (b"A", b"B"))


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        found = Aws(region="us-east-1")
        found.s3.create_bucket(Bucket=BUCKET)
        yield found


def contents_of(folder: Path, aws: Aws, source: str = '{files: ["*.csv"]}') -> Contents:
    path = folder / "dataset.yaml"
    path.write_text(TEXT.replace("{source}", source))
    return source_contents(open_dataset(path), aws)


def uploaded(folder: Path, aws: Aws, content: bytes = A, **more: Any) -> SourceCheck:
    """The check of a file whose digest was taken when it held the content."""
    (folder / "a.csv").write_bytes(content)
    return SourceCheck(
        contents_of(folder, aws), aws, Place(bucket=BUCKET, prefix=PREFIX, keys=(KEY,), **more)
    )


def put(aws: Aws, key: str, content: bytes, **more: Any) -> None:
    aws.s3.put_object(Bucket=BUCKET, Key=key, Body=content, **more)


def whole(aws: Aws, content: bytes) -> None:
    put(aws, KEY, content, ChecksumAlgorithm="SHA256", Tagging="team=data", ContentType="text/csv")


def in_parts(aws: Aws, content: bytes) -> None:
    """As the provider uploads files of more than 5 MiB."""
    extra = {"ChecksumAlgorithm": "SHA256", "Tagging": "team=data", "ContentType": "text/csv"}
    parts = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)
    aws.s3.upload_fileobj(io.BytesIO(content), BUCKET, KEY, ExtraArgs=extra, Config=parts)


def without_checksum(aws: Aws, content: bytes) -> None:
    """As an earlier version of the program uploaded."""
    put(aws, KEY, content, Tagging="team=data", ContentType="text/csv")


WAYS = pytest.mark.parametrize(
    ("upload", "right", "wrong"),
    [(whole, A, B), (in_parts, LARGE_A, LARGE_B), (without_checksum, A, B), (without_checksum, LARGE_A, B)],
    ids=["whole", "parts", "no checksum", "no checksum, large"],
)
Upload = Callable[[Aws, bytes], None]


def held(aws: Aws) -> bytes:
    return aws.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()


@WAYS
def test_settle_leaves_an_object_alone_when_it_holds_the_file(
    tmp_path: Path, aws: Aws, upload: Upload, right: bytes, wrong: bytes
) -> None:
    check = uploaded(tmp_path, aws, right)
    upload(aws, right)
    before = list(listed_objects(BUCKET, PREFIX, aws))
    check.settle(lambda _: None)
    assert list(listed_objects(BUCKET, PREFIX, aws)) == before
    assert check.listing == listing_of(BUCKET, PREFIX, before)
    assert check.told("2 rows loaded") == "2 rows loaded"
    assert wrong != right


@WAYS
def test_settle_uploads_the_file_again_when_s3_holds_other_content(
    tmp_path: Path, aws: Aws, upload: Upload, right: bytes, wrong: bytes
) -> None:
    check = uploaded(tmp_path, aws, right)
    upload(aws, wrong)
    check.settle(lambda _: None)
    assert held(aws) == right
    head = aws.s3.head_object(Bucket=BUCKET, Key=KEY)
    assert head["ContentType"] == "text/csv"
    tags = aws.s3.get_object_tagging(Bucket=BUCKET, Key=KEY)["TagSet"]
    assert tags == [{"Key": "team", "Value": "data"}]
    assert check.listing == listing_of(BUCKET, PREFIX, list(listed_objects(BUCKET, PREFIX, aws)))
    assert "a.csv: uploaded again" in check.told("2 rows loaded")


def test_settle_uploads_the_file_when_its_object_is_missing(tmp_path: Path, aws: Aws) -> None:
    uploaded(tmp_path, aws).settle(lambda _: None)
    assert held(aws) == A


@WAYS
def test_settle_fails_and_leaves_s3_alone_when_the_file_has_other_content(
    tmp_path: Path, aws: Aws, upload: Upload, right: bytes, wrong: bytes
) -> None:
    check = uploaded(tmp_path, aws, right)
    upload(aws, wrong)
    (tmp_path / "a.csv").write_bytes(wrong)
    with pytest.raises(LoadFailed, match=r"a\.csv changed while `pulumi up` ran; run it again"):
        check.settle(lambda _: None)
    assert held(aws) == wrong


def test_settle_continues_when_the_file_was_replaced_and_restored(tmp_path: Path, aws: Aws) -> None:
    check = uploaded(tmp_path, aws)
    whole(aws, B)
    swap_and_put_back(tmp_path / "a.csv")
    check.settle(lambda _: None)
    assert held(aws) == A


def test_settle_fails_when_the_file_is_missing(tmp_path: Path, aws: Aws) -> None:
    check = uploaded(tmp_path, aws)
    (tmp_path / "a.csv").unlink()
    with pytest.raises(LoadFailed, match=r"a\.csv changed while `pulumi up` ran; run it again"):
        check.settle(lambda _: None)


def test_settle_follows_a_link_to_other_content(tmp_path: Path, aws: Aws) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(A)
    other.write_bytes(B)
    (tmp_path / "a.csv").symlink_to(one)
    check = SourceCheck(contents_of(tmp_path, aws), aws)
    (tmp_path / "a.csv").unlink()
    (tmp_path / "a.csv").symlink_to(other)
    with pytest.raises(LoadFailed, match="changed while"):
        check.settle(lambda _: None)


def test_settle_refuses_an_object_of_someone_else_when_aws_would_read_it(tmp_path: Path, aws: Aws) -> None:
    check = uploaded(tmp_path, aws)
    whole(aws, A)
    put(aws, f"{PREFIX}theirs.csv", b"k9,C\n")
    with pytest.raises(LoadFailed, match=rf"s3://files/{PREFIX}theirs\.csv is not a file of this load"):
        check.settle(lambda _: None)


def test_settle_lists_its_own_objects_only_when_the_place_is_cleared(tmp_path: Path, aws: Aws) -> None:
    check = uploaded(tmp_path, aws, cleared=True)
    whole(aws, A)
    put(aws, f"{PREFIX}stale.csv", b"k9,C\n")
    check.settle(lambda _: None)
    assert changed_objects(check.listing, aws)
    aws.s3.delete_object(Bucket=BUCKET, Key=f"{PREFIX}stale.csv")
    assert changed_objects(check.listing, aws) == ()


def test_settle_reports_what_to_allow_when_access_is_denied(tmp_path: Path, aws: Aws) -> None:
    check = uploaded(tmp_path, aws)
    whole(aws, B)
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{ARN}/*"}
    aws.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Statement": [statement]}))
    with pytest.raises(LoadFailed, match=rf"s3://files/{KEY}: .*PutObject.*; allow s3:GetObject, "):
        check.settle(lambda _: None)


def swap_and_put_back(path: Path) -> None:
    """Other content for a time; size and time are the old ones afterwards."""
    found = path.stat()
    old = path.read_bytes()
    path.write_bytes(old.replace(b",A", b",B"))
    path.write_bytes(old)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def swap_by_renaming(path: Path) -> None:
    aside = path.with_name("aside")
    path.rename(aside)
    path.write_bytes(B)
    path.unlink()
    aside.rename(path)


@pytest.mark.parametrize("swap", [swap_and_put_back, swap_by_renaming])
def test_unchanged_fails_when_a_file_was_replaced_and_put_back(
    tmp_path: Path, aws: Aws, swap: Callable[[Path], None]
) -> None:
    check = uploaded(tmp_path, aws)
    check.settle(lambda _: None)
    with (
        pytest.raises(LoadFailed, match=r"a\.csv changed while `pulumi up` ran; run it again"),
        check.unchanged(),
    ):
        swap(tmp_path / "a.csv")


def test_unchanged_is_quiet_when_nothing_happens(tmp_path: Path, aws: Aws) -> None:
    check = uploaded(tmp_path, aws)
    check.settle(lambda _: None)
    with check.unchanged():
        pass


def test_settle_fails_when_an_object_in_place_changed_since_the_digest(tmp_path: Path, aws: Aws) -> None:
    put(aws, "in/orders/a.csv", A)
    put(aws, "in/orders/b.csv", A)
    contents = contents_of(tmp_path, aws, "{location: s3://files/in/orders/}")
    check = SourceCheck(contents, aws, Place(bucket=BUCKET, prefix="in/orders/"))
    check.settle(lambda _: None)
    for change in (lambda: put(aws, "in/orders/b.csv", B), lambda: put(aws, "in/orders/b.csv/more", B)):
        change()
        with pytest.raises(LoadFailed, match=r"s3://files/in/orders/b\.csv.* changed while `pulumi up` ran"):
            check.settle(lambda _: None)
        with pytest.raises(LoadFailed), check.unchanged():
            pass


CHANGES: dict[str, tuple[Callable[[Aws], object], str]] = {
    "added": (lambda aws: put(aws, f"{PREFIX}z", B), f"s3://files/{PREFIX}"),
    "replaced": (lambda aws: put(aws, KEY, B), f"s3://files/{PREFIX}"),
    "deleted": (
        lambda aws: aws.s3.delete_object(Bucket=BUCKET, Key=KEY),
        f"s3://files/{PREFIX}: an object was deleted after the load began",
    ),
    "bucket": (
        lambda aws: (aws.s3.delete_object(Bucket=BUCKET, Key=KEY), aws.s3.delete_bucket(Bucket=BUCKET)),
        "the bucket files was deleted after the load began",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_objects_reports_the_change_under_the_prefix(aws: Aws, change: str) -> None:
    whole(aws, A)
    before = listing_of(BUCKET, PREFIX, list(listed_objects(BUCKET, PREFIX, aws)))
    assert changed_objects(before, aws) == ()
    do, said = CHANGES[change]
    do(aws)
    (reason,) = changed_objects(before, aws)
    assert reason.startswith(said)
    assert "after the load began" in reason


def test_changed_objects_names_the_object_when_it_is_newer(aws: Aws) -> None:
    whole(aws, A)
    before = listing_of(BUCKET, PREFIX, list(listed_objects(BUCKET, PREFIX, aws)))
    assert before.newest is not None
    earlier = before.model_copy(update={"newest": before.newest.replace(year=2020), "digest": "other"})
    assert changed_objects(earlier, aws) == (f"s3://files/{KEY} changed after the load began",)


def test_changed_objects_is_empty_when_an_earlier_version_kept_no_listing(aws: Aws) -> None:
    assert changed_objects(None, aws) == ()


def test_digest_changes_when_one_of_two_files_of_the_same_name_changes(tmp_path: Path, aws: Aws) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_bytes(A)
    before = contents_of(tmp_path, aws, '{files: ["*/a.csv"]}')
    assert dict(before.digests) == {
        "one/a.csv": hashlib.sha256(A).hexdigest(),
        "two/a.csv": hashlib.sha256(A).hexdigest(),
    }
    (tmp_path / "one" / "a.csv").write_bytes(B)
    assert data_digest(contents_of(tmp_path, aws, '{files: ["*/a.csv"]}')) != data_digest(before)


def test_digest_names_a_file_as_earlier_versions_did_when_no_other_has_its_name(
    tmp_path: Path, aws: Aws
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_bytes(A)
    contents = contents_of(tmp_path, aws, '{files: ["data/a.csv"]}')
    assert dict(contents.digests) == {"a.csv": hashlib.sha256(A).hexdigest()}


def test_digest_fails_when_the_file_is_cut_while_it_is_read(
    tmp_path: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(A)
    digest = hashlib.file_digest

    def cut_and_digest(stream: Any, name: str) -> Any:
        os.truncate(tmp_path / "a.csv", 5)
        return digest(stream, name)

    monkeypatch.setattr(hashlib, "file_digest", cut_and_digest)
    with pytest.raises(InputError, match=r"a\.csv: the file changed while it was read"):
        contents_of(tmp_path, aws)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_file_cannot_be_read_to_its_end_when_it_is_not_what_was_listed(
    tmp_path: Path, aws: Aws, compression: str
) -> None:
    packed = {"none": A, "gzip": gzip.compress(A), "zstd": zstd.compress(A)}[compression]
    (tmp_path / "a.csv").write_bytes(packed)
    dataset = contents_of(tmp_path, aws, f'{{files: ["*.csv"], compression: {compression}}}').dataset
    (file,) = local_files(dataset)
    assert sum(len(batch.items) for batch in open_items(dataset, file)) == 2
    swap_and_put_back(tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"a\.csv: the file changed while it was read"):
        list(open_items(dataset, file))


CONVERTED = "converted/orders/0123/"


def convert(check: SourceCheck, aws: Aws, folder: Path, report: Callable[[str], None]) -> str:
    files = StagedFiles(bucket=BUCKET, prefix=CONVERTED, converted=True)
    conversion = Conversion(name="orders", dataset=folder / "dataset.yaml", files=files)
    return stage_converted(conversion, check, aws, report)


def parts(aws: Aws) -> list[str]:
    return [each.key for each in listed_objects(BUCKET, CONVERTED, aws)]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def test_conversion_uploads_nothing_when_the_file_is_replaced_and_restored(tmp_path: Path, aws: Aws) -> None:
    (tmp_path / "a.csv").write_bytes(A)
    check = SourceCheck(contents_of(tmp_path, aws), aws)

    def swap(text: str) -> None:
        if text.startswith("converting: "):
            swap_and_put_back(tmp_path / "a.csv")

    with pytest.raises(LoadFailed, match=r"a\.csv changed while `pulumi up` ran; run it again"):
        convert(check, aws, tmp_path, swap)
    assert parts(aws) == []
    assert convert(check, aws, tmp_path, lambda _: None).startswith("2 items in 1 file")
    (key,) = parts(aws)
    lines = zstd.decompress(aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()).splitlines()
    assert {json.loads(line)["Item"]["note"]["S"] for line in lines} == {"A"}


def test_conversion_reads_nothing_when_the_file_changed_since_the_digest(tmp_path: Path, aws: Aws) -> None:
    (tmp_path / "a.csv").write_bytes(A)
    contents = contents_of(tmp_path, aws)
    (tmp_path / "a.csv").write_bytes(B)
    said: list[str] = []
    with pytest.raises(LoadFailed, match="changed while"):
        convert(SourceCheck(contents, aws), aws, tmp_path, said.append)
    assert said == []


def test_conversion_fails_when_an_object_changed_since_the_digest(tmp_path: Path, aws: Aws) -> None:
    put(aws, "in/orders/a.csv", A)
    contents = contents_of(tmp_path, aws, "{location: s3://files/in/orders/}")
    put(aws, "in/orders/a.csv", B)
    with pytest.raises(LoadFailed, match=r"s3://files/in/orders/a\.csv changed while"):
        convert(SourceCheck(contents, aws), aws, tmp_path, lambda _: None)
    assert parts(aws) == []


def test_conversion_replaces_a_part_of_the_same_size_and_removes_foreign_objects(
    tmp_path: Path, aws: Aws
) -> None:
    (tmp_path / "a.csv").write_bytes(A)
    contents = contents_of(tmp_path, aws)
    convert(SourceCheck(contents, aws), aws, tmp_path, lambda _: None)
    (key,) = parts(aws)
    right = aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    put(aws, key, bytes(len(right)))
    put(aws, f"{CONVERTED}theirs", b"x")
    convert(SourceCheck(contents, aws), aws, tmp_path, lambda _: None)
    assert parts(aws) == [key]
    assert aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == right


def converted_status(folder: Path, aws: Aws) -> LoadStatus:
    files = StagedFiles(bucket=BUCKET, prefix=CONVERTED, converted=True)
    dataset = folder / "dataset.yaml"
    load = NativeLoad(name="orders", dataset=dataset, table="orders", records_bucket=BUCKET, files=files)
    return NATIVE.status(load, aws)


def test_status_has_the_rows_and_the_verdict_when_the_conversion_rejected_some(
    tmp_path: Path, aws: Aws
) -> None:
    (tmp_path / "a.csv").write_bytes(A + b"k3\n" + b"k4,%b\n" % (b"x" * 21))
    with pytest.raises(LoadFailed, match="2 of 4 rows do not become items, and nothing was loaded"):
        convert(SourceCheck(contents_of(tmp_path, aws), aws), aws, tmp_path, lambda _: None)
    status = converted_status(tmp_path, aws)
    assert (status.rows_in_files, status.rejected, status.items_written, status.good) == (4, 2, 0, False)
    assert status.verdict.startswith("2 of 4 rows do not become items, and nothing was loaded; all rejected")

    (tmp_path / "a.csv").write_bytes(A)
    assert converted_status(tmp_path, aws).verdict == "not started"
    convert(SourceCheck(contents_of(tmp_path, aws), aws), aws, tmp_path, lambda _: None)
    assert ConversionRecord.read(BUCKET, "orders", aws) is None


def test_digest_of_data_is_that_of_the_version_before(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id;total;day\na;1;-\n")
    (tmp_path / "dataset.yaml").write_text(
        """\
name: orders
source: {files: [a.csv], delimiter: ";", header: true, null_value: "-"}
columns:
  - {name: id, type: STRING, length: 20}
  - {name: total, type: NUMERIC, precision: 10, scale: 2}
  - {name: day, type: DATETIME, date_format: "YYYY/MM/dd HH:mm:ss"}
table: {partition_key: {name: id}}
"""
    )
    contents = source_contents(open_dataset(tmp_path / "dataset.yaml"), Aws(region="eu-west-1"))
    assert data_digest(contents) == "72350b8af9417f1932b00348b2afb1a8256f7b2e1d75eda0d51b9686d66fa449"
