"""Core types to Plotly figures. No Streamlit, no files; colours that read on light and dark, the page's theme does the rest."""

import pandas as _  # noqa: F401  Plotly asks any pandas that has begun to be imported for Series, by another visitor's thread too
