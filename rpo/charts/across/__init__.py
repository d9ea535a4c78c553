"""Pictures of answers across prompts."""
