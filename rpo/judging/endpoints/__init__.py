"""A judge behind an OpenAI-compatible server: where it may be asked, how, and what it replied."""
