"""Parts of the page Watch."""
