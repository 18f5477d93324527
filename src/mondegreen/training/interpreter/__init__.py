"""The general engine's interpreter, fitted on texts, and its transcriber, on their speech."""
