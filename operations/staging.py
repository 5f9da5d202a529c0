"""Converted files in the stack's bucket, where ImportTable and bulk put read them."""

import hashlib
import json
import os
import shutil
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from dataset.dataset import open_dataset
from dataset.wording import number_of
from operations.aws import Aws
from operations.conversion.convert import convert
from operations.conversion.options import Options
from operations.conversion.output import DATA, REJECTS, Manifest
from operations.cores import on_a_core
from operations.counting import EXAMPLES
from operations.files import source_files
from operations.load import LoadFailed, Report, StagedFiles
from operations.stale_objects import remove_stale


class Conversion(BaseModel):
    """Which dataset to convert, and where to; `tolerate`: so many rows may not become items."""

    model_config = ConfigDict(frozen=True)

    name: str
    dataset: Path
    files: StagedFiles
    conditions: bool = False
    tolerate: int = 0


def stage_converted(conversion: Conversion, aws: Aws, report: Report) -> str:
    """Convert on this machine and upload; what an earlier run finished is kept.

    Raises LoadFailed when more rows than tolerated do not become items; then nothing is uploaded.
    """
    files = conversion.files
    dataset = open_dataset(conversion.dataset)
    sources = source_files(dataset, aws)
    place = _cache() / files.bucket / files.prefix.strip("/")
    versions = json.dumps([(source.name, source.version) for source in sources])
    folder = place / hashlib.sha256(versions.encode()).hexdigest()[:12]
    rows = 0

    def count(more: int) -> None:
        nonlocal rows
        rows += more
        report(f"converting: {rows:,} rows")

    options = Options(compression="zstd", shuffle=True, conditions=conversion.conditions)
    with on_a_core(report):
        manifest = convert(dataset, sources, folder, options, report=count)
    if manifest.rejected > conversion.tolerate:
        raise LoadFailed(_rejected(conversion, manifest, folder))
    _upload(manifest, folder / DATA, files, aws, report)
    beside = files.prefix.rstrip("/").rpartition("/")[0] + "/"
    remove_stale(files.bucket, beside, lambda key: not key.startswith(files.prefix), aws)
    shutil.rmtree(place, ignore_errors=True)
    tolerated = f", {manifest.rejected:,} rows rejected and tolerated" if manifest.rejected else ""
    items, files_made = number_of(manifest.items, "item"), number_of(len(manifest.parts), "file")
    return f"{items} in {files_made}, {_megabytes(manifest)}{tolerated}"


def _upload(manifest: Manifest, folder: Path, files: StagedFiles, aws: Aws, report: Report) -> None:
    there = _sizes(files, aws)
    for number, part in enumerate(manifest.parts, start=1):
        key = files.prefix + part["file"]
        if there.get(key) != part["stored_bytes"]:
            report(f"uploading file {number:,} of {len(manifest.parts):,}, {_megabytes(manifest)} in all")
            aws.s3.upload_file(str(folder / part["file"]), files.bucket, key)


def _sizes(files: StagedFiles, aws: Aws) -> dict[str, int]:
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=files.bucket, Prefix=files.prefix)
    return {
        entry.get("Key", ""): entry.get("Size", 0) for page in pages for entry in page.get("Contents", [])
    }


def _rejected(conversion: Conversion, manifest: Manifest, folder: Path) -> str:
    with (folder / REJECTS).open() as stream:
        rejects = [json.loads(line) for line in islice(stream, EXAMPLES)]
    tolerated = f" ({conversion.tolerate:,} tolerated)" if conversion.tolerate else ""
    lines = [
        f"load {conversion.name}: {manifest.rejected:,} of {manifest.rows:,} rows do not become items"
        f"{tolerated}, and nothing was loaded"
    ]
    for reject in rejects:
        column = f", column {reject['column']}" if reject["column"] else ""
        lines.append(f"  {reject['file']}, line {reject['line']}{column}: {reject['reason']}")
    lines.append(f"  all of them: {folder / REJECTS}; mend the rows and run `pulumi up` again")
    return "\n".join(lines)


def _megabytes(manifest: Manifest) -> str:
    return f"{manifest.stored_bytes / 1e6:,.1f} MB"


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "dynamodb-bulk" / "converted"
