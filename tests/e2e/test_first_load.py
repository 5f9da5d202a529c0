"""The stack `dev` as docs/aws.md leads through it, against local AWS."""

import re

from tests.e2e.account import inventory
from tests.e2e.clone import ROOT, Clone

SHOWN = re.compile(r"^\$ (.+)$", re.MULTILINE)


def test_page_leads_from_the_first_preview_to_an_empty_account(clone: Clone) -> None:
    before = inventory(clone)
    of_the_account, _, select, preview, up, status, close, destroy = SHOWN.findall(
        (ROOT / "docs/aws.md").read_text()
    )
    assert of_the_account == "aws sts get-caller-identity"
    assert clone.literal(select).code == 0
    previewed = clone.literal(preview)
    assert previewed.code == 0, previewed.output
    assert "customer-events: a load of about 130 rows by writes costs under 0.01 USD" in previewed.output
    for command in (f"{up} --yes", status, f"{close} --yes"):
        done = clone.literal(command)
        assert done.code == 0, done.output
    assert len(clone.items("dynamodb-bulk-dev-customer-events")) == 130
    gone = clone.literal(f"{destroy} --yes")
    assert gone.code == 0, gone.output
    assert inventory(clone) == before
