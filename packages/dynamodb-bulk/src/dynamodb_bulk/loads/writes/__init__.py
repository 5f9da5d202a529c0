"""Items by throttled BatchWriteItem and PutItem, written by this machine."""
