"""The one account of local AWS."""

ACCOUNT = "123456789012"
PARTITION = "aws"
