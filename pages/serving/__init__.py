"""The server around Streamlit: who may come in, how they sign in, what a monitor asks, and the head of the page."""
