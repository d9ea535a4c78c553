"""A language model that scores and writes, with a LoRA adapter."""
