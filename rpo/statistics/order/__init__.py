"""How often the order across prompts holds that RPO assumes: chosen answers before the rejected answers of other prompts."""
