"""What importers share: tables, fields, annotated text, placing of recordings."""
