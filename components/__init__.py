"""The components that `pulumi up` creates, one per file."""
