"""Records of JSON and Parquet files as rows: fields with names and types of their own."""
