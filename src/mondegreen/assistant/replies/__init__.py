"""What the assistant says: reply templates, and values put into words."""
