"""What the assistant does: one handler an intent, and the registry that finds them."""
