"""Reads customer files, CSV and XLSX, as rows of text, and writes what was rejected."""
