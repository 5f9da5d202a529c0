"""What DMS offers: instance classes and engine versions.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.Types.html
"""

_LARGER = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")
_COMPUTE = ("large", "xlarge", "2xlarge", "4xlarge", "9xlarge", "12xlarge", "18xlarge", "24xlarge")
_UP_TO_24 = (*_LARGER, "12xlarge", "16xlarge", "24xlarge")
_SIZES: dict[str, tuple[str, ...]] = {
    "t3": ("micro", "small", "medium", "large"),
    "c5": _COMPUTE,
    "r5": _UP_TO_24,
    **dict.fromkeys(("c6i", "r6i"), (*_UP_TO_24, "32xlarge")),
    **dict.fromkeys(("c7i", "r7i"), (*_UP_TO_24, "48xlarge")),
}
# GB in the price: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.html
INCLUDED_STORAGE: dict[str, int] = {
    f"dms.{family}.{size}": 50 if family == "t3" else 100
    for family, sizes in _SIZES.items()
    for size in sizes
}
SMALLEST_STORAGE, LARGEST_STORAGE = 5, 6144

# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReleaseNotes.html
ENGINE_VERSIONS = ("3.6.1", "3.5.4")
