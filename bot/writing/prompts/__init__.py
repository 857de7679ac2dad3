"""The prompts, a file each."""
