"""Grammar files: every format that is read, and the YAML beneath them."""
