"""What a dataset is: its files, its rows as items, its DMS documents. No AWS calls, no Pulumi."""
