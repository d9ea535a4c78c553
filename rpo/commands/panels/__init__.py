"""Verbs on panels: make one of a run's answers, read its results; what Panels and Results do by page."""
