"""The stack `dev` as docs/aws.md leads through it, against local AWS."""

import re

from tests.e2e.clone import ROOT, Clone

SHOWN = re.compile(r"^\$ (.+)$", re.MULTILINE)


def test_page_leads_from_the_first_preview_to_an_empty_account(own: Clone) -> None:
    of_the_account, _, select, preview, up, status, close, destroy = SHOWN.findall(
        (ROOT / "docs/aws.md").read_text()
    )
    assert of_the_account == "aws sts get-caller-identity"
    assert own.literal(select).code == 0
    previewed = own.literal(preview)
    assert previewed.code == 0, previewed.output
    assert "customer-events: a load of about 130 rows by writes costs under 0.01 USD" in previewed.output
    for command in (f"{up} --yes", status, f"{close} --yes"):
        done = own.literal(command)
        assert done.code == 0, done.output
    assert len(own.items("dynamodb-bulk-dev-customer-events")) == 130
    gone = own.literal(f"{destroy} --yes")
    assert gone.code == 0, gone.output
    assert own.client("dynamodb").list_tables()["TableNames"] == []
