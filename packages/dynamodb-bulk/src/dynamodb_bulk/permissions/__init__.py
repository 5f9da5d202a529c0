"""The IAM policies that people need to deploy, preview and operate a stack."""
