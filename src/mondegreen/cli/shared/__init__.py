"""What the verbs share: options, progress, printing, result files."""
