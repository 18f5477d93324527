"""How hard a spoken-language task is, and what accuracy it can have."""
