"""The one account of AWS on this machine."""

ACCOUNT = "123456789012"
PARTITION = "aws"
