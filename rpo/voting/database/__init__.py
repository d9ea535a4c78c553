"""The votes database: its tables, the ways from earlier versions, where it lies, its copies."""
