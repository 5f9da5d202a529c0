"""AWS Glue jobs: checked as AWS does, and run on PySpark in a process of their own."""
