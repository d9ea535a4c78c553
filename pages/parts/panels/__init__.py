"""Parts of the page Panels."""
