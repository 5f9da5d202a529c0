"""Loads through AWS DMS: one task, started, followed and judged."""
