"""Local replacement for `pulumi-resource-aws`: one table of resource types over botocore's service models."""
