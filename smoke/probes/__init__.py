"""The probes, in the order of the report."""

from smoke.probe import Probe
from smoke.probes import bulk_put, exports, imports, product, tables


def probes(*, dms: bool) -> list[Probe]:
    """Return what a run asks; DMS only when wanted."""
    return [*bulk_put.PROBES, *imports.PROBES, *exports.PROBES, *tables.PROBES, product.probe(dms=dms)]
