"""The types of columns, each one object with all that the project asks of a type.

To add one: a module in this folder with a `ColumnType` in its `TYPES`, and a line in docs/dataset.md.
The types of DMS: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
What they become in DynamoDB: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""
