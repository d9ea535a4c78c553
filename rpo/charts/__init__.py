"""Core types to Plotly figures. No Streamlit, no files; colours that read on light and dark, the page's theme does the rest."""
