"""The work of one machine on many: files checked and converted by Spark on AWS Glue, by the same code."""
