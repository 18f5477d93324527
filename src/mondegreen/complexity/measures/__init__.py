"""The measures of a task's complexity, one module each."""
