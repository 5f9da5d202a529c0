"""The engine that commands ask about stacks."""

from dynamodb_bulk.spec.errors import InputError

NO_ENGINE = InputError(
    "pulumi", "not on PATH", 'install it, or for AWS on this machine run `eval "$(.venv/bin/bulk local env)"`'
)
