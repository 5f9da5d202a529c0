"""Gets the Pulumi engine, its Python language host and its AWS provider, or the local replacements."""
