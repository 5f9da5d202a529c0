"""The newest chain among exports that were made one after another: what a schedule has left."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.export_chain import Chain, chain_of
from dynamodb_bulk.export.location import SUMMARY, Place, place_of, places_below
from dynamodb_bulk.export.manifest import Export, open_export
from dynamodb_bulk.export.record import ExportRecord, StackExport
from dynamodb_bulk.export.schedule import StackSchedule
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import number_of

_AT_ONCE = 16  # exports whose manifests are read side by side


def scheduled_places(schedule: StackSchedule, exports: Sequence[StackExport], aws: Aws) -> list[Place]:
    """Return the exports of a schedule, newest first.

    With the full one that the stack made itself where the schedule makes changes alone.
    """
    places = places_below(schedule.place, aws)
    for export in exports if schedule.full is None else ():
        if export.name == schedule.name and export.order.type == "full":
            record = ExportRecord.read(export.records_bucket, export.name, aws)
            if record and record.good:
                places.append(place_of(record.url, aws))
    return sorted(places, key=lambda place: place.id, reverse=True)


def newest_chain(places: Sequence[Place], shown: str, command: str = "bulk export …") -> Chain:
    """Return the newest full export and the complete exports after it.

    Raise InputError if there is no full one, and where the changes have a hole; `command` begins what
    would fill it.
    """
    full, changes = newest(places)
    if full is None:
        what = f"changes alone, in {number_of(len(changes), 'export')}" if changes else "no complete export"
        raise InputError(shown, what, f"make a full one first: {command}")
    return chain_of([full, *changes], command)


def newest(places: Sequence[Place]) -> tuple[Export | None, list[Export]]:
    """Return the newest full export, and every incremental one that reaches beyond it; `places` newest first.

    Exports that are not complete are passed over. Raise InputError if a manifest is damaged.
    """
    full: Export | None = None
    changes: list[Export] = []
    for export in _complete(places):
        if not export.summary.incremental:
            full = full or export
        elif full and not _reaches_beyond(full, export):
            break  # the full one has these changes, and all before them
        else:
            changes.append(export)
    return full, [one for one in changes if full is None or _reaches_beyond(full, one)]


def _reaches_beyond(full: Export, changes: Export) -> bool:
    since, until = full.summary.export_time, changes.summary.to_time
    return since is None or until is None or until > since


def _complete(places: Sequence[Place]) -> Iterator[Export]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(places), _AT_ONCE):
            for export in pool.map(_opened, places[start : start + _AT_ONCE]):
                if export is not None:
                    yield export


def _opened(place: Place) -> Export | None:
    return None if place.manifest(SUMMARY) is None else open_export(place)
