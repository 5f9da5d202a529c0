"""Bulk loads of files into DynamoDB, and back: a library and the command `bulk`, without Pulumi.

A dataset: `spec`, `column_types`, `csv`, `dms`, `items`, `item_files`, joined in `dataset` and `sources`.
Known before a load: `preflight`, `estimate`, `requests`. Loads: `loads`, `conversion`, `verify`, `cleanup`.
Back to files: `export`, `items_to_rows`. Around them: `aws`, `adoption`, `cli`.
"""
