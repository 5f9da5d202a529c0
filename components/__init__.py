"""What `pulumi up` creates: one component per file."""
