"""What runs in processes of its own, so that only the stand-ins are shared."""
