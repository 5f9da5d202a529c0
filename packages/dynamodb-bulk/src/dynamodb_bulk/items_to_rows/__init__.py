"""Items as rows: the way back of `dynamodb_bulk.items.row_to_item`."""
