"""Verbs on runs: describe, start, list, follow, stop and resume them, read what they answer; what Train and Watch do by page."""
