"""Exports of tables: made, read, turned into files."""
