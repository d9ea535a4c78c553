"""Data files as numbered rows: JSONL, JSON, CSV, TSV, Parquet, Arrow, packed or not."""
