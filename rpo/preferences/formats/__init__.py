"""What a row says: which columns make the prompt, and which answers people preferred."""
