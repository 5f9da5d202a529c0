"""Objects that are fetched ahead of who reads them."""

import io
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.sources.ahead import (
    FIRST_PART_BYTES,
    OBJECTS,
    PART_BYTES,
    PARTS,
    ObjectParts,
    opened_ahead,
)
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError

DATA = random.Random(1).randbytes(FIRST_PART_BYTES + 6 * PART_BYTES + 5)


class _Store:
    """An object that notes which parts of it are fetched."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, int]] = []

    def fetch(self, start: int, end: int) -> bytes:
        self.parts.append((start, end))
        return DATA[start:end]


def test_object_when_read_to_its_end_is_whole() -> None:
    store = _Store()
    with ObjectParts(store.fetch, len(DATA)) as stream:
        assert cast("BinaryIO", stream).read() == DATA
    assert len(store.parts) == 8
    assert max(end - start for start, end in store.parts) == PART_BYTES


def test_object_when_only_its_start_is_read_is_fetched_no_further() -> None:
    store = _Store()
    with ObjectParts(store.fetch, len(DATA)) as stream:
        pass
    assert store.parts in ([], [(0, FIRST_PART_BYTES)])
    with ObjectParts(store.fetch, len(DATA)) as stream:
        assert cast("BinaryIO", stream).read(10) == DATA[:10]
    assert len(set(store.parts)) <= 1 + PARTS


def test_object_when_a_part_is_refused_raises_the_refusal() -> None:
    def refuse(start: int, end: int) -> bytes:
        if start:
            raise InputError("s3://b/k", "the object changed while it was to be read")
        return DATA[:end]

    with ObjectParts(refuse, len(DATA)) as stream, pytest.raises(InputError, match="changed"):
        cast("BinaryIO", stream).read()


def test_files_when_read_in_order_are_opened_ahead_and_can_be_read_again() -> None:
    opened: list[int] = []
    ahead = threading.Event()

    def opener(place: int) -> Callable[[], BinaryIO]:
        def open_() -> BinaryIO:
            opened.append(place)
            if place == OBJECTS:
                ahead.set()
            return io.BytesIO(b"%d" % place)

        return open_

    files = [SourceFile(name=str(at), size=1, version="", open=opener(at)) for at in range(20)]
    with opened_ahead(files) as given:
        assert given[0].open().read() == b"0"
        assert ahead.wait(10)
        assert max(opened) <= OBJECTS
        assert [file.open().read() for file in given[1:]] == [b"%d" % at for at in range(1, 20)]
        assert [file.open().read() for file in given] == [b"%d" % at for at in range(20)]
    assert sorted(opened) == sorted([*range(20)] * 2)


def test_object_in_s3_when_it_is_large_is_read_by_ranges_and_only_if_unchanged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    (tmp_path / "dataset.yaml").write_text(
        "name: n\nsource: {format: dynamodb_json, location: 's3://files/p/'}\n"
        "table: {partition_key: {name: id}}\n"
    )
    with mock_aws():
        aws = Aws(region="us-east-1")
        aws.s3.create_bucket(Bucket="files")
        for key in ("a", "b", "c"):
            aws.s3.put_object(Bucket="files", Key=f"p/{key}", Body=DATA[: 3 * FIRST_PART_BYTES])
        with opened_ahead(source_files(open_dataset(tmp_path / "dataset.yaml"), aws)) as files:
            assert [file.open().read() for file in files] == [DATA[: 3 * FIRST_PART_BYTES]] * 3
            aws.s3.put_object(Bucket="files", Key="p/a", Body=DATA[: 2 * FIRST_PART_BYTES])
            with pytest.raises(InputError, match="the object changed while it was to be read"):
                files[0].open().read()
