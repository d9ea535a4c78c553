"""Relative Preference Optimization (Yin et al., arXiv 2402.10958): the library behind the app.

Importing this package is cheap: torch, transformers and their like are imported by the rooms that use them.
"""
