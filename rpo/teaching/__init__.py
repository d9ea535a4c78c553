"""The lesson: a batch of three prompts, a toy that trains while you watch, and what the paper reports."""
