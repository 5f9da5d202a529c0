"""Converted files in the stack's bucket, where ImportTable and bulk put read them."""

import json
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from rich.filesize import decimal

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import DATA, REJECTS, Manifest, rejects_key
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.loads.conversion_record import ConversionRecord, versions_digest
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.local_conversions import conversion_folder, forget_conversions, only_conversion
from dynamodb_bulk.loads.run_record import reports_prefix
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.stored_object import store
from dynamodb_bulk.loads.verdict import EXAMPLES, or_by_themselves
from dynamodb_bulk.machine import on_a_core
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.files import read_content
from dynamodb_bulk.spec.text import located, number_of


class Conversion(BaseModel):
    """The dataset to convert, and the destination; `tolerate` is how many rows may be rejected."""

    model_config = ConfigDict(frozen=True)

    name: str
    dataset: Path
    files: StagedFiles
    conditions: bool = False
    tolerate: int = 0
    glue_job: str | None = None


def stage_converted(conversion: Conversion, check: SourceCheck, aws: Aws, report: Report) -> str:
    """Convert on this machine and upload, or by the Glue job; what an earlier run finished is kept.

    Raise LoadFailed when more rows than tolerated do not become items, or a file changed; then nothing is
    uploaded from here.
    """
    with only_conversion(conversion.files.bucket, conversion.files.prefix):
        return _staged(conversion, check, aws, report)


def _staged(conversion: Conversion, check: SourceCheck, aws: Aws, report: Report) -> str:
    files = conversion.files
    check.settle(report)
    versions = versions_digest(check.files)
    folder = conversion_folder(files.bucket, files.prefix) / f"{versions[:12]}-{files.format}"
    options = Options(format=files.format, compression="zstd", shuffle=True, conditions=conversion.conditions)
    by_glue = conversion.glue_job is not None
    with check.unchanged():
        manifest = (_by_glue if by_glue else _here)(conversion, check, folder, options, aws, report)
    rejects = _keep_rejects(conversion, manifest, folder, aws)
    bucket, name = files.bucket, conversion.name
    separately = ConversionRecord.lets_pass(bucket, name, check.data, aws)
    if manifest.rejected > conversion.tolerate and not separately:
        what = f"{manifest.rejected:,} of {number_of(manifest.rows, 'row')} do not become items"
        verdict = f"{what}{_tolerated(conversion)}, and nothing was loaded; all rejected rows: {rejects}"
        ConversionRecord(
            rows=manifest.rows, rejected=manifest.rejected, files=versions, verdict=verdict
        ).write(bucket, name, aws)
        raise LoadFailed(_rejected(conversion, verdict, folder))
    if not separately:
        ConversionRecord.delete(bucket, name, aws)
    keys = frozenset(files.prefix + part["file"] for part in manifest.parts)
    if not by_glue:
        _upload(manifest, folder / DATA, files, aws, report)
    beside = files.prefix.rstrip("/").rpartition("/")[0] + "/"
    remove_objects(aws, bucket=files.bucket, prefix=beside, which=lambda key: key not in keys)
    forget_conversions(files.bucket, files.prefix)
    tolerated = f", {manifest.rejected:,} rows rejected and tolerated: {rejects}" if manifest.rejected else ""
    items, files_made = number_of(manifest.items, "item"), number_of(len(manifest.parts), "file")
    return f"{items} in {files_made}, {decimal(manifest.stored_bytes)}{tolerated}"


def _here(
    _: Conversion, check: SourceCheck, folder: Path, options: Options, _aws: Aws, report: Report
) -> Manifest:
    def progress(rows: int) -> None:
        report(f"converting: {rows:,} rows")

    with on_a_core(report):
        return convert(check.dataset, check.files, folder, options, report=progress)


def _by_glue(
    conversion: Conversion, check: SourceCheck, folder: Path, options: Options, aws: Aws, report: Report
) -> Manifest:
    """Have the files written where DynamoDB reads them, and fetch the rejected rows."""
    from dynamodb_bulk.glue.engine import GlueEngine  # few loads need it

    files = conversion.files
    engine = GlueEngine(
        check.dataset, GlueJob(name=conversion.glue_job or "", bucket=files.bucket), aws, report
    )
    manifest = engine.convert_to(check.files, options, files.bucket, files.prefix)
    if manifest.rejected:
        folder.mkdir(parents=True, exist_ok=True)
        aws.s3.download_file(files.bucket, rejects_key(files.prefix), str(folder / REJECTS))
    return manifest


def _upload(manifest: Manifest, folder: Path, files: StagedFiles, aws: Aws, report: Report) -> None:
    """Upload what is not there."""
    there = {each.key: each.tag for each in listed_objects(files.bucket, files.prefix, aws)}
    paths = {files.prefix + part["file"]: folder / part["file"] for part in manifest.parts}
    for number, (key, path) in enumerate(paths.items(), start=1):
        report(f"uploading file {number:,} of {len(paths):,}, {decimal(manifest.stored_bytes)} in all")
        store(path, read_content(path).digest, files.bucket, key, there.get(key, ""), aws)


def _keep_rejects(conversion: Conversion, manifest: Manifest, folder: Path, aws: Aws) -> str:
    """Upload the rejected rows to the stack's bucket, in the place of those of earlier files."""
    bucket, prefix = conversion.files.bucket, f"{reports_prefix(conversion.name)}rejects/"
    key = f"{prefix}{folder.name}.jsonl" if manifest.rejected else ""
    if key:
        there = {each.key: each.tag for each in listed_objects(bucket, prefix, aws)}
        store(folder / REJECTS, read_content(folder / REJECTS).digest, bucket, key, there.get(key, ""), aws)
    remove_objects(aws, bucket=bucket, prefix=prefix, which=lambda found: found != key)
    return f"s3://{bucket}/{key}"


def _tolerated(conversion: Conversion) -> str:
    return f" ({conversion.tolerate:,} tolerated)" if conversion.tolerate else ""


def _rejected(conversion: Conversion, verdict: str, folder: Path) -> str:
    with (folder / REJECTS).open() as stream:
        rejects = [json.loads(line) for line in islice(stream, EXAMPLES)]
    lines = [f"load {conversion.name}: {verdict}"]
    lines += [
        "  "
        + located(
            reject["reason"], reject["file"], reject["line"], reject["column"], reject.get("unit", "line")
        )
        for reject in rejects
    ]
    lines.append(f"  also in {folder / REJECTS}; {or_by_themselves(conversion.name)}")
    return "\n".join(lines)
