"""Two answers beside each other as harmless HTML: before and after of a run, or a pair of a panel with all that was said."""
